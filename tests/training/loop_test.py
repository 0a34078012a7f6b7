"""What the training loop can: parts of a batch, averages, seeds, networks, going on."""

import dataclasses
import functools
import json

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from noisy_jax import data, losses, methods, runs, training
from noisy_jax.training import input_pipeline, loop, replicas, train_step
from noisy_jax.training.batch import Examples, standardize
from noisy_jax.training.setup import Setup

SMALL = training.TrainConfig(
  dataset="digits10", loss="gce", noise_rate=0.25, widths=(16,), epochs=2, batch_size=64
)
SEEDS = (0, 1, 2)
FADING = {"logit_bias": 4.0, "bias_schedule": "fading"}


def small_setup(num_devices=2, *, num_classes=10, train_size=320, test_size=130, **changes):
  config = dataclasses.replace(SMALL, dataset=f"digits{num_classes}", **changes)
  dataset = data.digits(num_classes, train_size=train_size, test_size=test_size)
  devices = jax.local_devices()[:num_devices]
  return runs.prepare(config, dataset=dataset, devices=devices)


def last_moment(setup, **kwargs):
  *_, last = training.train(setup, **kwargs)
  return last


def trained(setup, **kwargs):
  """The state at the end, and the results of each epoch and seed."""
  moments = list(training.train(setup, **kwargs))
  rows = [[numbers(r.as_dict()) for r in m.results] for m in moments if m.results]
  return replicas.unstack(moments[-1].state), rows


def first(states):
  """The state of the first seed."""
  return jax.tree.map(lambda leaf: leaf[0], states)


def numbers(row):
  """What does not depend on the clock."""
  clock = ("seconds", "images_per_second")
  return {name: value for name, value in row.items() if name not in clock}


def assert_close(row, expected):
  for name, value in expected.items():
    if value is None or isinstance(value, int):
      assert row[name] == value, name
    else:
      assert row[name] == pytest.approx(value, rel=1e-4), name
  assert row.keys() == expected.keys()


def logits_of(setup, state, images):
  mean, std = data.channel_statistics(setup.dataset.train_images)
  inputs = standardize(images, mean, std)
  return np.asarray(setup.model.apply(state.variables, inputs, train=False))


@pytest.mark.parametrize(
  "loss, augmentation", [("gce", "none"), ("gce", "crop+flip"), ("gjs", "crop+flip")]
)
def test_parts_of_a_batch_give_the_gradient_of_the_whole(loss, augmentation):
  changes = dict(loss=loss, augmentation=augmentation)
  (whole, expected), (parts, actual) = (
    trained(small_setup(accumulation=count, **changes)) for count in (1, 4)
  )
  chex.assert_trees_all_close(parts, whole, atol=1e-5)
  for (row,), (expected_row,) in zip(actual, expected, strict=True):
    assert_close(row, expected_row)


def test_the_gradients_of_all_parts_are_never_held_together():
  setup, sgd = small_setup(), optax.sgd(0.1)
  params = loop.state_of_seed(setup, 0).params
  state = train_step.State(params, {}, sgd.init(params))
  examples = Examples(
    setup.dataset.train_images, setup.train_labels.noisy, setup.mean, setup.std
  )
  one_step = functools.partial(
    train_step.train_step,
    model=setup.model,
    method=setup.method,
    optimizer=sgd,
    axis_name=replicas.AXIS,
    num_parts=4,
  )
  trace = jax.make_jaxpr(one_step, axis_env=[(replicas.AXIS, 1)])
  program = str(trace(state, examples, np.arange(64, dtype=np.int32)))
  shape = ",".join(map(str, params["Dense_0"]["kernel"].shape))
  assert f"f32[{shape}]" in program
  assert f"f32[4,{shape}]" not in program


def test_a_loss_of_two_views_is_measured_on_one():
  setup = small_setup(loss="gjs(pi=0.3)", augmentation="crop", epochs=1)
  assert setup.objective.num_views == 2
  states, ((result,),) = trained(setup)
  state = first(states)
  logits = logits_of(setup, state, setup.dataset.test_images)
  js = losses.jensen_shannon(logits, setup.dataset.test_labels, pi=0.3)
  assert result["test_loss"] == pytest.approx(float(js.mean()), rel=1e-4)


def test_the_average_follows_its_recursion_and_is_measured(monkeypatch):
  monkeypatch.setattr(Setup, "steps_per_call", 1)
  setup = small_setup(average_decay=0.8, epochs=1)
  average = loop.state_of_seed(setup, 0).params
  for moment in training.train(setup):
    state = replicas.unstack(moment.state, seed=0)
    if not moment.results:
      average = jax.tree.map(lambda a, w: 0.8 * a + 0.2 * w, average, state.params)
      chex.assert_trees_all_close(state.average, average, atol=1e-6)
  logits = logits_of(setup, state, setup.dataset.test_images)
  accuracy = (logits.argmax(-1) == setup.dataset.test_labels).mean()
  assert moment.results[0].test_accuracy == pytest.approx(accuracy)
  chex.assert_trees_all_equal(state.variables["params"], state.average)
  by_weights = logits_of(setup, state._replace(average=None), setup.dataset.test_images)
  assert np.abs(by_weights - logits).max() > 0.01


def test_bfloat16_learns_as_float32_does():
  sizes = dict(loss="ce", train_size=3200, test_size=1000, widths=(64,), epochs=4)
  accuracies, kernels = [], []
  for dtype in ("float32", "bfloat16"):
    last = last_moment(small_setup(**sizes, compute_dtype=dtype))
    for leaf in jax.tree.leaves(last.state.params):
      assert leaf.dtype == jnp.float32
    accuracies.append(last.results[0].test_accuracy)
    kernels.append(replicas.unstack(last.state.params, seed=0)["Dense_0"]["kernel"])
  # Four standard deviations of a difference of two shares of 1000 images are 0.05.
  assert min(accuracies) > 0.85
  assert abs(accuracies[0] - accuracies[1]) < 0.05
  assert np.abs(kernels[0] - kernels[1]).max() > 1e-4


def test_a_cnn_trains_alike_on_any_number_of_devices():
  sizes = dict(model="cnn4", train_size=48, test_size=16, batch_size=16, epochs=1)
  one, *others = (
    trained(small_setup(count, **sizes, learning_rate=0.01))[0] for count in (1, 2, 4)
  )
  means = jax.tree.leaves(one.batch_stats)
  assert max(np.abs(leaf).max() for leaf in means) > 0.1
  for state in others:
    chex.assert_trees_all_close(state, one, atol=1e-4)


def test_seeds_side_by_side_give_what_each_gives_alone():
  # A loss of two views of each image, with a bias that fades.
  changes = dict(loss="gjs", augmentation="crop", average_decay=0.5, **FADING)
  states, rows = trained(small_setup(**changes), seeds=SEEDS)
  for i, seed in enumerate(SEEDS):
    alone, expected = trained(small_setup(seed=seed, **changes))
    state = jax.tree.map(lambda leaf, i=i: leaf[i], states)
    chex.assert_trees_all_close(state, first(alone), atol=1e-5)
    for epoch, (expected_row,) in zip(rows, expected, strict=True):
      assert_close(epoch[i], expected_row)
  assert len({row["test_loss"] for row in rows[-1]}) == len(SEEDS)


def test_seeds_side_by_side_leave_the_records_of_each(tmp_path):
  runs.run_seeds(small_setup(), (4, 5), tmp_path / "all")
  for seed in (4, 5):
    alone, together = tmp_path / f"alone{seed}", tmp_path / "all" / f"seed{seed}"
    runs.run(small_setup(seed=seed), alone)
    names = [{path.name for path in place.iterdir()} for place in (together, alone)]
    assert names[0] == names[1]
    for name in ("config.json", "versions.json"):
      assert (together / name).read_text() == (alone / name).read_text()
    labels = [dict(np.load(place / "labels.npz")) for place in (together, alone)]
    chex.assert_trees_all_equal(*labels)
    for name in ("metrics.jsonl", "summary.json"):
      rows, expected = (rows_of(place / name) for place in (together, alone))
      for row, expected_row in zip(rows, expected, strict=True):
        assert_close(row, expected_row)


def test_seeds_in_turn_leave_the_records_of_each(tmp_path):
  setup = small_setup(1, model="cnn5", train_size=64, test_size=32, epochs=1)
  runs.run_seeds(setup, (0, 1), tmp_path / "all")
  alone = setup._replace(config=dataclasses.replace(setup.config, seed=1))
  runs.run(alone, tmp_path / "alone")
  places = tmp_path / "all" / "seed1", tmp_path / "alone"
  names = [{path.name for path in place.iterdir()} for place in places]
  assert names[0] == names[1]
  assert rows_of(places[0] / "metrics.jsonl") == rows_of(places[1] / "metrics.jsonl")
  other = setup._replace(config=dataclasses.replace(setup.config, loss="ce"))
  (tmp_path / "all" / "seed0" / "config.json").rename(tmp_path / "config.json")
  with pytest.raises(OSError, match=r"without config\.json"):
    runs.run_seeds(other, (7, 0), tmp_path / "all")
  assert not (tmp_path / "all" / "seed7").exists()


def rows_of(path):
  text = path.read_text()
  texts = [text] if path.suffix == ".json" else text.splitlines()
  return [numbers(json.loads(text)) for text in texts]


def test_top5_counts_labels_among_the_five_likeliest():
  setup = small_setup(num_classes=20, epochs=1)
  last = last_moment(setup)
  state = replicas.unstack(last.state, seed=0)
  logits = logits_of(setup, state, setup.dataset.test_images)
  five = np.argsort(-logits, axis=-1)[:, :5]
  expected = (five == setup.dataset.test_labels[:, None]).any(-1).mean()
  assert last.results[0].test_top5 == pytest.approx(expected)
  assert last.results[0].test_accuracy < expected < 1


def test_with_few_classes_every_label_is_among_five():
  assert last_moment(small_setup(num_classes=4, epochs=1)).results[0].test_top5 == 1


def nan_at(label):
  def loss(logits, labels):
    return jnp.where(labels == label, jnp.nan, -jax.nn.log_softmax(logits)[..., 0])

  return loss


def with_loss(setup, loss):
  objective = setup.objective._replace(loss=loss)
  return setup._replace(objective=objective, method=methods.plain(loss))


@pytest.mark.parametrize("seeds", [(3,), SEEDS])
def test_a_loss_that_is_no_number_stops_in_its_step(seeds, monkeypatch):
  monkeypatch.setattr(Setup, "steps_per_call", 2)
  setup = small_setup(noise_rate=0.0, seed=seeds[0])
  noisy = setup.train_labels.noisy % 9
  noisy[100] = 9
  bad = with_loss(setup, nan_at(9))
  bad = bad._replace(train_labels=setup.train_labels._replace(noisy=noisy))
  indices = next(training.train(setup, seeds=seeds)).indices
  steps = [int(np.argwhere(rows == 100)[0, 0]) + 1 for rows in indices]
  first = min(steps)
  of_seed = f" with seed {seeds[steps.index(first)]}" if len(seeds) > 1 else ""
  message = f"the loss is nan in epoch 1, step {first}{of_seed}; try a learning_rate below"
  with pytest.raises(FloatingPointError, match=message):
    list(training.train(bad, seeds=seeds))


def test_the_seed_that_diverges_is_named():
  setup = small_setup()
  state = loop.initial_state(setup, (5, 9))
  spoilt = jax.tree.map(lambda leaf: np.stack([leaf[0], leaf[1] + np.nan]), state.params)
  no_indices = np.zeros((2, 0, 0), np.int32)
  resume = training.Moment(
    2, 0, loop.no_totals(2), no_indices, state._replace(params=spoilt)
  )
  with pytest.raises(FloatingPointError, match="nan in epoch 2, step 1 with seed 9; try"):
    list(training.train(setup, seeds=(5, 9), resume=resume))


@pytest.mark.parametrize("seeds", [(0,), (0, 7)])
def test_a_loss_that_is_no_number_on_test_images_stops_as_well(seeds):
  setup = small_setup(noise_rate=0.0)
  labels = setup.train_labels._replace(noisy=setup.train_labels.noisy % 9)
  of_seed = " with seed 0" if len(seeds) > 1 else ""
  message = f"the loss is nan on test images after epoch 1{of_seed}; try a learning_rate"
  bad = with_loss(setup, nan_at(9))._replace(train_labels=labels)
  with pytest.raises(FloatingPointError, match=message):
    list(training.train(bad, seeds=seeds))


@pytest.mark.parametrize("seeds", [(0,), (0, 7)])
def test_training_goes_on_from_any_moment_bit_for_bit(seeds, monkeypatch):
  monkeypatch.setattr(Setup, "steps_per_call", 3)
  setup = small_setup(augmentation="crop", average_decay=0.9, q_schedule="rising", **FADING)
  moments = [
    moment._replace(state=replicas.unstack(moment.state))
    for moment in training.train(setup, seeds=seeds)
  ]
  assert [m.steps_done for m in moments] == 2 * [3, 5, 5]
  expected = [numbers(result.as_dict()) for result in moments[-1].results]
  between = moments[2]._replace(epoch=2, steps_done=0, results=())
  for moment in (moments[3], between):
    state, (rows,) = trained(setup, seeds=seeds, resume=moment)
    chex.assert_trees_all_equal(state, moments[-1].state)
    assert rows == expected


@pytest.mark.parametrize(
  "steps, most, expected",
  [
    (312, 512, 39),
    (390, 512, 39),
    (64, 512, 32),
    (512, 512, 32),
    # No parts of one size, or none that are long enough.
    (313, 512, 313),
    (63, 512, 63),
    # More than a call may take.
    (513, 512, 512),
    (10, 4, 4),
  ],
)
def test_an_epoch_is_cut_into_equal_calls(steps, most, expected):
  assert input_pipeline.steps_of_call(steps, most) == expected


def test_an_epoch_in_several_calls_is_that_of_one_bit_for_bit(monkeypatch):
  setup = small_setup(batch_size=4)
  several = list(training.train(setup))
  state = replicas.unstack(several[-1].state)
  assert [moment.steps_done for moment in several[:2]] == [40, 80]
  monkeypatch.setattr(input_pipeline, "_FEWEST_STEPS", 1000)
  one = list(training.train(setup))
  assert len(one) == 2 * setup.config.epochs
  chex.assert_trees_all_equal(state, replicas.unstack(one[-1].state))
  assert several[-1].results[0].loss == one[-1].results[0].loss


def test_each_step_has_the_numbers_of_its_schedules(monkeypatch):
  monkeypatch.setattr(Setup, "steps_per_call", 3)
  plain = dict(momentum=0.0, clip_norm=0.0, weight_decay=0.0, schedule="constant")
  setup = small_setup(q_schedule="rising", **FADING, **plain)
  states, rows = trained(setup)
  state = first(states)
  params = loop.state_of_seed(setup, 0).params
  images = standardize(setup.dataset.train_images, setup.mean, setup.std)
  noisy = jnp.asarray(setup.train_labels.noisy)

  @jax.jit
  def reference(params, indices, eps, q):
    def mean_loss(params):
      labels = noisy[indices]
      logits = setup.model.apply({"params": params}, images[indices])
      logits += eps * jax.nn.one_hot(labels, 10)
      p = jnp.exp(jax.nn.log_softmax(logits))[np.arange(64), labels]
      return ((1 - p**q) / q).mean()

    return jax.tree.map(lambda w, g: w - 0.1 * g, params, jax.grad(mean_loss)(params))

  indices = np.concatenate(
    [data.epoch_rows(320, 64, seed=0, epoch=epoch) for epoch in (1, 2)]
  )
  numbers_of = [(max(4.0 - t, 0), 0.7 + 0.03 * t) for t in range(10)]
  for row, (eps, q) in zip(indices, numbers_of, strict=True):
    params = reference(params, row, eps, q)
  chex.assert_trees_all_close(state.params, params, atol=1e-5)
  for (row,), (eps, q) in zip(rows, (numbers_of[4], numbers_of[9]), strict=True):
    assert row["scheduled"] == pytest.approx({"logit_bias": eps, "gce.q": q}, rel=1e-6)
  # What is measured is the loss that training ends with.
  assert str(setup.objective.loss) == "gce(q=1)"


def test_what_a_method_learns_has_no_schedule():
  with pytest.raises(ValueError, match="bias_schedule: fading, must be constant with meth"):
    small_setup(loss="mae", method="meta(size=10)", **FADING)
  with pytest.raises(
    ValueError, match="q_schedule: rising, must be constant with method m"
  ):
    small_setup(method="meta(size=10)", q_schedule="rising")
  small_setup(method="meta(size=10)", **FADING)


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"bias_schedule": "linear"}, "bias_schedule: 'linear', must be one of constant, fad"),
    ({"bias_schedule": "fading"}, "must be constant with logit_bias 0, which cannot fall"),
    (FADING | {"logit_bias": -1.0}, "must be constant with logit_bias -1, which cannot"),
    ({"loss": "mae", "q_schedule": "rising"}, "must be constant with loss mae: it is for"),
    ({"loss": "gce + gce", "q_schedule": "rising"}, "a loss with gce in it, once"),
  ],
)
def test_schedules_of_what_is_not_there_are_refused(changes, message):
  with pytest.raises(ValueError, match=message):
    dataclasses.replace(SMALL, **changes)


@pytest.mark.parametrize("method", ["none", "sr(period=1, growth=2)"])
def test_training_goes_on_after_an_epoch_with_the_next(method):
  setup = small_setup(method=method)
  moments = [
    moment._replace(state=replicas.unstack(moment.state))
    for moment in training.train(setup)
  ]
  after_first = next(moment for moment in moments if moment.results)
  state, (rows,) = trained(setup, resume=after_first)
  chex.assert_trees_all_equal(state, moments[-1].state)
  assert rows == [numbers(result.as_dict()) for result in moments[-1].results]
  assert not list(training.train(setup, resume=moments[-1]))
