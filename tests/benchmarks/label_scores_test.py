import itertools

import numpy as np
import pytest

from experiments.benchmarks import label_scores, scored_labels
from noisy_jax import data, methods
from noisy_jax.sweeps import cells
from tests.small_setups import small_setup

SECONDS = np.array([2.0, 1.0])
SCORES = np.array([0.5, -1.0, -1.0, 3.0, -1.0, 0.5, 2.0])
WRONG = np.array([True, True, False, False, True, False, False])


def mean_precision(scores, wrong, count):
  """Over all orders of the examples in which no score falls."""
  orders = [
    list(order)
    for order in itertools.permutations(range(len(scores)))
    if all(scores[a] <= scores[b] for a, b in itertools.pairwise(order))
  ]
  return np.mean([wrong[order[:count]].mean() for order in orders])


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_measures_are_those_of_all_pairs_and_of_all_orders_of_equal_scores(kind):
  scored = scored_labels.Scored(SCORES.astype(kind), SCORES < 0, SECONDS)
  found = label_scores.measure(scored, WRONG)
  pairs = SCORES[WRONG][:, None] - SCORES[~WRONG][None]
  expected = np.where(pairs == 0, 0.5, pairs < 0).mean()
  assert found["auroc"] == pytest.approx(expected, abs=1e-12)
  assert found["precision_at_n"] == pytest.approx(mean_precision(SCORES, WRONG, 3))
  assert found["precision_at_1_percent"] == pytest.approx(mean_precision(SCORES, WRONG, 1))
  assert (found["flagged"], found["flagged_wrong"]) == (3, 2)
  assert (found["seconds"], found["cpu_seconds"]) == (2, 1)
  for count in range(1, 8):
    expected = mean_precision(SCORES, WRONG, count)
    assert label_scores._precision(SCORES, WRONG, count) == pytest.approx(expected)


def test_the_first_percent_is_rounded_up():
  wrong = np.arange(101) < 1
  scored = scored_labels.Scored(np.arange(101.0), None, SECONDS)
  found = label_scores.measure(scored, wrong)
  assert found["precision_at_1_percent"] == 0.5
  assert found["flagged"] is found["flagged_wrong"] is None


def test_a_stopped_benchmark_goes_on_with_the_missing_trainings(tmp_path, monkeypatch):
  dataset = data.digits(10, train_size=160, test_size=16)
  monkeypatch.setattr(label_scores, "_dataset", lambda name, data_dir: dataset)
  trained = []

  def fake(setup):
    labels = setup.train_labels
    assert not labels.flipped.any()
    trained.append(setup.config.method)
    scored = scored_labels.Scored(-np.float32(labels.noisy), None, SECONDS)
    return scored_labels.Found(np.ones((160, 10), np.float32), 0.5, {"method": scored})

  monkeypatch.setattr(scored_labels, "once", fake)
  monkeypatch.setattr(scored_labels, "out_of_fold", fake)
  losses = {"AUM": {"method": "aum"}, "CE, folds": "ce", "ELR": {"method": "elr"}}
  noise = ["symmetric 0.2"]
  grid = {"settings": {"widths": (8,)}, "datasets": ["digits10"], "noise": noise}
  planned = cells.read(grid | {"losses": losses})
  label_scores.run(planned[:2], tmp_path)
  before = (tmp_path / "rows.csv").read_text()
  label_scores.run(planned, tmp_path)
  assert trained == ["aum", methods.NONE, "elr"]
  assert (tmp_path / "rows.csv").read_text().startswith(before)
  rows = label_scores.read(tmp_path / "rows.csv")
  assert [row["training"] for row in rows] == list(losses)
  with np.load(tmp_path / "scores" / f"{planned[2].slug}.npz") as file:
    wrong = file["given"] != file["true"]
    scored = scored_labels.Scored(file["method"], None, SECONDS)
    assert file["probabilities"].dtype == np.float16
  assert int(rows[2]["num_wrong"]) == wrong.sum() == 32
  expected = label_scores.measure(scored, wrong)["auroc"]
  assert float(rows[2]["auroc"]) == pytest.approx(expected, abs=1e-5)


def margins(probabilities, labels):
  logs, places = np.log(np.float64(probabilities)), np.arange(len(labels))
  of_label = logs[places, labels].copy()
  logs[places, labels] = -np.inf
  return of_label - logs.max(-1)


def test_one_training_gives_the_score_of_the_method_and_the_last_margin():
  setup = small_setup(1, method="marvel(window=1, warm_up=0)")
  found = scored_labels.once(setup)
  assert list(found.scored) == ["method", "last_margin"]
  by_method, last = found.scored.values()
  # The margin at the last visit, of probabilities.
  assert np.nanmin(by_method.scores) >= -1
  assert by_method.flagged.any()
  assert last.flagged is None
  np.testing.assert_allclose(found.probabilities.sum(-1), 1, rtol=1e-5)
  expected = margins(found.probabilities, setup.train_labels.noisy)
  np.testing.assert_allclose(last.scores, expected, rtol=1e-5, atol=1e-5)
  assert 0 <= found.test_accuracy <= 1
  assert (last.seconds >= by_method.seconds).all()


def test_networks_of_folds_give_our_margin_and_the_scores_of_cleanlab():
  pytest.importorskip("cleanlab")
  setup = small_setup(1, epochs=1)
  labels = setup.train_labels.noisy
  probabilities, test_accuracy, scored = scored_labels.out_of_fold(setup)
  assert test_accuracy is None
  of_label = probabilities[np.arange(len(labels)), labels]
  expected = margins(probabilities, labels)
  np.testing.assert_allclose(scored["margin"].scores, expected, rtol=1e-5, atol=1e-5)
  np.testing.assert_allclose(scored["self_confidence"].scores, of_label, atol=1e-6)
  others = np.where(np.eye(10, dtype=bool)[labels], 0, probabilities).max(-1)
  expected = (of_label - others + 1) / 2
  np.testing.assert_allclose(scored["normalized_margin"].scores, expected, atol=1e-6)
  assert scored["self_confidence"].flagged.any()
