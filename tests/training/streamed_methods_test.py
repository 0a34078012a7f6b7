"""Methods that remember each example, on streams: a step brings its examples alone."""

import csv

import numpy as np
import pytest

from noisy_jax import data, runs, training
from noisy_jax.training import replicas
from tests import stopped_runs
from tests.streamed_sets import NUM_CLASSES, TRAIN_SIZE, a_setup, mlp_logits

EPOCHS = 2


def visits(stream, batch_size=4):
  """For each epoch the images that training sees, and their indices."""
  for epoch in range(1, EPOCHS + 1):
    batches = list(stream.train_batches(batch_size, seed=0, epoch=epoch))
    images, indices = (np.concatenate(leaves) for leaves in zip(*batches, strict=True))
    keys = data.example_keys(data.epoch_key(0, epoch), indices)
    yield np.asarray(data.color_jitter(keys, images)), indices


def margins(values, labels):
  places = np.arange(len(labels)), labels
  others = values.copy()
  others[places] = -np.inf
  return values[places] - others.max(-1)


def softmax(logits):
  p = np.exp(logits - logits.max(-1, keepdims=True))
  return p / p.sum(-1, keepdims=True)


class Aum:
  def __init__(self):
    self.memory = {"mean": np.zeros(TRAIN_SIZE), "count": np.zeros(TRAIN_SIZE)}

  def visit(self, seen, logits, labels):
    mean, count = self.memory["mean"], self.memory["count"]
    total = mean[seen] * count[seen] + margins(logits, labels)
    count[seen] += 1
    mean[seen] = total / count[seen]

  def scores(self, labels):
    return self.memory["mean"]


class Marvel:
  def __init__(self):
    history = np.full((TRAIN_SIZE, 2), np.inf)
    self.memory = {"history": history, "declared": np.zeros(TRAIN_SIZE, bool)}

  def visit(self, seen, logits, labels):
    history = self.memory["history"]
    history[seen, 0] = history[seen, 1]
    history[seen, 1] = margins(softmax(logits), labels)
    self.memory["declared"] |= (history < 0).all(-1)

  def scores(self, labels):
    history = self.memory["history"]
    return np.ma.masked_invalid(history).mean(-1)


class Elr:
  def __init__(self):
    self.memory = {"": np.zeros((TRAIN_SIZE, NUM_CLASSES))}

  def visit(self, seen, logits, labels):
    targets, p = self.memory[""], np.clip(softmax(logits), 1e-4, 1 - 1e-4)
    targets[seen] = 0.7 * targets[seen] + 0.3 * p / p.sum(-1, keepdims=True)

  def scores(self, labels):
    return self.memory[""][np.arange(TRAIN_SIZE), labels]


@pytest.mark.parametrize(
  "method, reference, num_devices, accumulation",
  [
    ("aum", Aum, 1, 2),
    ("aum", Aum, 4, 1),
    ("marvel_plus(window=2, warm_up=0)", Marvel, 4, 1),
    ("elr", Elr, 2, 1),
  ],
)
def test_each_example_has_the_row_of_its_visits(
  folder, method, reference, num_devices, accumulation, tmp_path
):
  settings = dict(method=method, epochs=EPOCHS, accumulation=accumulation)
  # So slow that the network stays: what differs between visits is the crop.
  setup = a_setup(folder, num_devices, learning_rate=1e-12, **settings)
  runs.run(setup, tmp_path)
  arrays, expected = stopped_runs.last_arrays(tmp_path), reference()
  times = np.zeros(TRAIN_SIZE, int)
  for images, seen in visits(setup.dataset.train):
    logits = mlp_logits(arrays, images)
    expected.visit(seen, logits, setup.train_labels.noisy[seen])
    times[seen] += 1
  # The last examples of an epoch fill no batch, and keep their rows.
  assert set(times) == {1, 2}
  for name, values in expected.memory.items():
    found = arrays[f"state.method.examples.{name}".rstrip(".")]
    np.testing.assert_allclose(found, values, rtol=1e-4, atol=1e-5, err_msg=name)
  with (tmp_path / "examples.csv").open(newline="") as file:
    rows = {row["id"]: row for row in csv.DictReader(file)}
  names = [rows[id_]["label"] for id_ in setup.dataset.train.ids()]
  assert names == [f"class_{label}" for label in setup.train_labels.noisy]
  scores = [float(rows[id_]["score"]) for id_ in setup.dataset.train.ids()]
  expected_scores = expected.scores(setup.train_labels.noisy)
  np.testing.assert_allclose(scores, expected_scores, rtol=1e-4, atol=1e-5)


def test_a_stopped_run_remembers_what_a_whole_one_does(folder, tmp_path):
  setup = a_setup(folder, 4, method="nal(warm_up=1)")
  runs.run(setup, tmp_path / "whole")
  stopped_runs.stopped_run(tmp_path / "run", 2, 2, setup=setup)
  runs.run(setup, tmp_path / "run")
  stopped_runs.assert_same_end(tmp_path / "run", tmp_path / "whole")
  tables = [(tmp_path / name / "examples.csv").read_bytes() for name in ("run", "whole")]
  assert tables[0] == tables[1]


@pytest.mark.parametrize("method", ["car(warm_up=0)", "selc(warm_up=0)"])
def test_targets_move_of_those_examples_alone_that_were_seen(folder, method):
  setup = a_setup(folder, 2, method=method, epochs=1)
  *_, last = training.train(setup)
  targets = replicas.unstack(last.state.method, seed=0).examples
  labels = setup.train_labels.noisy
  moved = (targets != np.eye(NUM_CLASSES)[labels]).any(-1)
  seen = np.zeros(TRAIN_SIZE, bool)
  seen[last.indices.ravel()] = True
  assert 0 < seen.sum() < TRAIN_SIZE
  np.testing.assert_array_equal(moved, seen)
  # A moved target still has the most of its label.
  np.testing.assert_array_equal(targets.argmax(-1), labels)
