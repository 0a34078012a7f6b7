import csv
import functools
import json

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses, methods, runs
from noisy_jax.runs import named_arrays
from noisy_jax.training import label_quality, loop, replicas
from noisy_jax.training.setup import Setup
from tests.methods.batches import K, N
from tests.methods.setups import a_setup, ending
from tests.stopped_runs import last_arrays, records, stopped_run

# With settings under which each does something within six epochs.
JUDGES = [
  "elr(beta=0.5)",
  "selc(warm_up=1, alpha=0.5)",
  "car(warm_up=1, beta=0.5, entries=3)",
  "nal(warm_up=3, beta=0.5)",
  "marvel(warm_up=0, window=2)",
  "marvel_plus(warm_up=0, window=2, arduous=1, weight=3)",
]
META = "meta(size=10, rate=0.05)"
OGC = "ogc(size=128, period=2)"
METHODS = ["sr(period=2)", META, OGC, *JUDGES]
AUM = "aum"
# Between them: a second head, rows that are no floats, what all examples share, and what
# they leave behind after a step.
SOME = [META, OGC, JUDGES[2], JUDGES[4]]
# With settings under which each is the loss by itself.
NEUTRAL = [
  AUM,
  "ogc",
  "meta(rate=0, size=10)",
  "sr(lam=0, tau=1, normalize=False)",
  "elr(lam=0)",
  "selc(alpha=1)",
  "marvel(threshold=-1, warm_up=0, window=1)",
  "marvel_plus(threshold=-1, warm_up=0, window=1, weight=1)",
]


@pytest.fixture(autouse=True)
def few_steps_per_call(monkeypatch):
  monkeypatch.setattr(Setup, "steps_per_call", 5)


@functools.cache
def trained(method):
  """The setup, its results and the state after it, on two devices."""
  setup = a_setup(method=method)
  results, last = ending(setup)
  return setup, [row for (row,) in results], last.state


def rows_of(table):
  return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


@pytest.mark.parametrize("text", NEUTRAL)
def test_at_its_neutral_setting_a_method_is_the_loss_by_itself(text):
  loss = losses.with_logit_bias(losses.parse("gce(q=0.4)"), 0.5)
  method = methods.parse(text).around(loss)
  labels = (np.arange(12) % 5).astype(np.int32)
  state = method.init(labels, 5)
  for seed in range(3):
    logits = jnp.float32(np.random.default_rng(seed).normal(size=(12, 5)))

    def total(logits, state=state):
      values, rows = method.loss(state.shared, state.examples, logits, labels)
      return values.sum(), (values, rows)

    gradient, (values, rows) = jax.grad(total, has_aux=True)(logits)
    expected = jax.grad(lambda z: loss(z, labels).sum())(logits)
    np.testing.assert_allclose(values, loss(logits, labels), rtol=1e-5)
    np.testing.assert_allclose(gradient, expected, atol=1e-6)
    state = state._replace(examples=rows)
    if method.end_of_epoch is not None:
      state = method.end_of_epoch(state)


@pytest.mark.parametrize("method", METHODS)
def test_a_method_changes_the_training(method):
  plain, changed = (trained(name)[1][-1] for name in ("none", method))
  assert abs(changed.test_loss - plain.test_loss) > 1e-3


def test_aum_only_looks_on():
  (_, _, plain), (_, _, watched) = trained("none"), trained(AUM)
  jax.tree.map(np.testing.assert_array_equal, watched.params, plain.params)


def test_ogc_clips_more_and_more_and_resists_wrong_labels():
  (_, plain, _), (_, clipped, _) = trained("none"), trained(OGC)
  assert clipped[0].learned["threshold"] < 0.9 < clipped[-1].learned["threshold"]
  assert clipped[-1].test_accuracy > plain[-1].test_accuracy + 0.03


@pytest.mark.parametrize("method", SOME)
def test_the_number_of_devices_and_parts_does_not_matter(method):
  _, _, state = trained(method)
  for leaf in jax.tree.leaves(state.method):
    copies = np.asarray(leaf)
    np.testing.assert_array_equal(copies, np.broadcast_to(copies[:1], copies.shape))
  _, other = ending(a_setup(1, method=method, accumulation=1 if method == META else 2))
  expected, actual = replicas.unstack(state), replicas.unstack(other.state)
  chex.assert_trees_all_close(actual.params, expected.params, atol=1e-4)
  chex.assert_trees_all_close(actual.method, expected.method, atol=1e-4)


@pytest.mark.parametrize("method", SOME)
def test_a_stopped_run_ends_like_a_whole_one(method, tmp_path):
  setup, results, state = trained(method)
  stopped_run(tmp_path, 2, 5, setup=setup)
  runs.run(setup, tmp_path)
  *rows, summary = records(tmp_path)
  for name in ("clean_auroc", "declared_precision", "declared_recall", "learned"):
    assert summary[name] == getattr(results[-1], name)
  for row, expected in zip(rows, results, strict=True):
    assert row == {name: getattr(expected, name) for name in row}
  arrays = last_arrays(tmp_path)
  for name, expected in named_arrays.by_name(replicas.unstack(state, seed=0)).items():
    found = [leaf for key, leaf in arrays.items() if key.endswith(name)]
    np.testing.assert_array_equal(found[0], expected)
  (table,) = loop.judge(setup, replicas.unstack(state), [0])
  assert (tmp_path / "examples.csv").exists() == (table is not None)
  if table is not None:
    with (tmp_path / "examples.csv").open() as file:
      listed = list(csv.DictReader(file))
    assert listed == [{k: str(v) for k, v in row.items()} for row in _as_python(table)]
  trained_again = runs.load_trained(tmp_path)
  images = setup.dataset.test_images
  predicted = runs.predict(trained_again, images).labels
  accuracy = (predicted == setup.dataset.test_labels).mean()
  assert accuracy == pytest.approx(results[-1].test_accuracy, abs=1e-6)


def _as_python(table):
  return rows_of({name: column.tolist() for name, column in table.items()})


@pytest.mark.parametrize("method", SOME)
def test_each_of_several_seeds_remembers_by_itself(method):
  _, results, state = trained(method)
  together, last = ending(a_setup(method=method), seeds=(1, 0))
  memory, expected = (
    replicas.unstack(x.method, i) for x, i in ((last.state, 1), (state, 0))
  )
  chex.assert_trees_all_close(memory, expected, atol=1e-4)
  assert together[-1][1].loss == pytest.approx(results[-1].loss, rel=1e-4)
  assert together[-1][0].loss != together[-1][1].loss


def test_the_last_examples_of_an_epoch_that_fill_no_batch_keep_their_rows():
  _, last = ending(a_setup(method="elr", epochs=1))
  targets = replicas.unstack(last.state.method, seed=0).examples
  assert targets.shape == (650, 10)
  seen = np.zeros(650, bool)
  seen[last.indices.ravel()] = True
  assert seen.sum() == 640
  np.testing.assert_array_equal(targets.any(axis=1), seen)


@pytest.mark.parametrize("method", [*JUDGES, AUM])
def test_judges_find_wrong_labels_and_list_them(method):
  setup, results, state = trained(method)
  last, labels = results[-1], setup.train_labels
  assert last.clean_auroc > 0.75
  (table,) = loop.judge(setup, replicas.unstack(state), [0])
  np.testing.assert_array_equal(np.sort(table["id"]), np.arange(650))
  assert (np.diff(table["score"]) >= 0).all()
  np.testing.assert_array_equal(table["label"], labels.noisy[table["id"]])
  wrong = labels.flipped[table["id"]]
  corrected = (table["predicted"] == labels.clean[table["id"]])[wrong].mean()
  assert corrected == pytest.approx(last.corrected)
  if not method.startswith(("elr", AUM)):
    # Of labels declared at random a quarter would be wrong.
    assert last.declared_precision > 0.4
    assert last.declared_recall > 0


def test_where_labels_are_as_given_only_what_noise_touched_counts():
  setup, results, state = trained(JUDGES[4])
  memory, last = replicas.unstack(state.method, seed=0), results[-1]
  assert last.declared_precision > 0
  untrusted = setup._replace(dataset=setup.dataset._replace(labels_trusted=False))
  noisy = label_quality.judged(untrusted, memory)
  assert noisy["declared_precision"] is None
  assert noisy["declared_recall"] == last.declared_recall
  assert noisy["clean_auroc"] == last.clean_auroc
  given = setup.train_labels._replace(clean=setup.train_labels.noisy)
  assert label_quality.judged(setup._replace(train_labels=given), memory) == {
    "clean_auroc": None,
    "declared_precision": 0.0,
    "declared_recall": None,
    "learned": None,
  }
  assert set(
    label_quality.judged(untrusted._replace(train_labels=given), memory).values()
  ) == {None}


@pytest.mark.parametrize("method", ["marvel", "car"])
def test_in_a_warm_up_nothing_is_measured_or_put_in_order(method, tmp_path, capsys):
  setup = a_setup(method=method, epochs=2)  # both warm up in as many
  summary = runs.run(setup, tmp_path)
  lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
  for row in (*map(json.loads, lines), summary):
    assert row["clean_auroc"] is row["declared_precision"] is row["declared_recall"] is None
  with (tmp_path / "examples.csv").open() as file:
    listed = list(csv.DictReader(file))
  assert [row["id"] for row in listed] == [str(i) for i in range(650)]
  assert {row["score"] for row in listed} == {""}
  assert (
    f"{tmp_path}/examples.csv: {method} has no scores after 2 epochs, as in a warm-up; "
    "the examples are in the order of the set\n"
  ) in capsys.readouterr().out


def a_judge(scores, verdicts):
  plain = methods.plain(losses.cross_entropy)
  return plain._replace(
    scores=lambda state, labels: jnp.float32(scores),
    declared=lambda state, labels: jnp.float32(verdicts),
  )


def test_only_examples_count_of_which_a_judge_has_an_opinion():
  rng, setup = np.random.default_rng(0), a_setup(1)
  flipped, known = setup.train_labels.flipped, rng.random(650) < 0.6
  scores, declared = rng.normal(size=650) - flipped, (rng.random(650) < 0.3) | flipped
  scores = np.float32(scores)
  judge = a_judge(np.where(known, scores, np.nan), np.where(known, declared, np.nan))
  result = label_quality.judged(setup._replace(method=judge), methods.MethodState())
  # The share of all pairs of a wrong and a right label that are in order.
  wrong, right = scores[known & flipped], scores[known & ~flipped]
  expected = (wrong[:, None] < right).mean()
  assert result["clean_auroc"] == pytest.approx(expected, abs=1e-12)
  hits = (declared & flipped & known).sum()
  assert result["declared_precision"] == hits / (declared & known).sum()
  assert result["declared_recall"] == 1
  table = label_quality.table(setup._replace(method=judge), methods.MethodState(), flipped)
  assert label_quality.note_without_scores(setup, table) is None
  scored = known.sum()
  assert (np.diff(table["score"][:scored]) >= 0).all()
  assert np.isnan(table["score"][scored:]).all()
  np.testing.assert_array_equal(table["id"][scored:], np.flatnonzero(~known))


@pytest.mark.parametrize("kind", [True, False])
def test_with_opinions_of_one_kind_of_label_alone_nothing_is_compared(kind):
  setup = a_setup(1)
  known = setup.train_labels.flipped == kind
  judge = a_judge(np.where(known, 0.5, np.nan), np.where(known, 0, np.nan))
  result = label_quality.judged(setup._replace(method=judge), methods.MethodState())
  assert result["clean_auroc"] is result["declared_precision"] is None
  assert result["declared_recall"] == (0 if kind else None)


def test_a_declared_label_of_a_foreign_image_is_no_false_alarm():
  foreign = np.arange(650) < 130
  judge = a_judge(foreign, foreign)
  setup = a_setup(noise_rate=0.0)._replace(foreign=foreign, method=judge)
  assert set(label_quality.judged(setup, methods.MethodState()).values()) == {None}


def test_without_a_judge_nothing_is_listed():
  setup, results, state = trained(METHODS[0])
  last = results[-1]
  assert last.clean_auroc is last.declared_precision is last.declared_recall is None
  assert loop.judge(setup, replicas.unstack(state), [0]) == [None]


def test_labels_beyond_int32_are_refused_where_a_method_takes_them():
  wide = np.arange(N) % K + 2**32
  car, elr = (make(losses.cross_entropy) for make in (methods.car, methods.elr))
  state = car.init(wide - 2**32, K)
  for take in (
    lambda: car.init(wide, K),
    lambda: car.scores(state, wide),
    lambda: car.declared(state, wide),
    lambda: elr.scores(elr.init(wide, K), wide),
  ):
    with pytest.raises(ValueError, match="labels: 4294967296 at position 0, must be in"):
      take()


def test_ids_of_the_data_set_are_those_of_the_list():
  setup, _, state = trained("elr(beta=0.5)")
  ids = np.array([f"{i}.png" for i in range(650)])
  setup = setup._replace(dataset=setup.dataset._replace(train_ids=ids))
  (table,) = loop.judge(setup, replicas.unstack(state), [0])
  assert set(table["id"]) == set(ids)
