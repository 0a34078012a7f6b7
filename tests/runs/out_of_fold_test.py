import dataclasses
import types

import chex
import jax
import numpy as np
import pytest
from flax import linen as nn

from noisy_jax import data, runs, training
from noisy_jax.noise import NoisyLabels
from noisy_jax.runs import out_of_fold
from noisy_jax.training import loop, replicas
from tests import workdirs

N, K = 150, 10
CONFIG = dataclasses.replace(workdirs.CONFIG, noise_rate=0.3, epochs=2)


def a_setup(num_devices=1, **changes):
  config = dataclasses.replace(CONFIG, **changes)
  dataset = data.digits(K, train_size=N, test_size=10)
  devices = jax.local_devices()[:num_devices]
  return runs.prepare(config, dataset=dataset, devices=devices)


@pytest.fixture
def parts(monkeypatch):
  """The setups that are trained, in place of training; networks say where an image lies."""
  setups = []

  def train(setup):
    setups.append(setup)
    state = types.SimpleNamespace(variables=None)
    yield types.SimpleNamespace(state=None, results=())
    yield types.SimpleNamespace(state=state, results=(len(setups),))

  def probabilities(network, images):
    assert network.variables is None
    return np.repeat(images.mean((1, 2, 3))[:, None], K, 1)

  monkeypatch.setattr(loop, "train", train)
  monkeypatch.setattr(replicas, "unstack", lambda state, seed: state)
  monkeypatch.setattr(out_of_fold, "probabilities", probabilities)
  return setups


@pytest.mark.parametrize("num_folds", [2, 3, 5])
def test_each_example_is_judged_once_and_by_a_network_without_it(num_folds, parts):
  setup, shown = a_setup(), []
  result = runs.out_of_fold_probabilities(setup, num_folds, show=lambda *x: shown.append(x))
  images, given = setup.dataset.train_images, setup.train_labels.noisy
  np.testing.assert_allclose(result[:, 0], images.mean((1, 2, 3)), rtol=1e-6)
  assert shown == [(fold, fold) for fold in range(1, num_folds + 1)]
  # No two images are the same, so that they tell the examples.
  place = {image.tobytes(): i for i, image in enumerate(images)}
  assert len(place) == N
  judged = []
  for part in parts:
    learned = [place[image.tobytes()] for image in part.dataset.train_images]
    inside = [place[image.tobytes()] for image in part.dataset.test_images]
    assert sorted(learned + inside) == list(range(N))
    np.testing.assert_array_equal(part.train_labels.noisy, given[learned])
    np.testing.assert_array_equal(part.dataset.test_labels, given[inside])
    # Each class has its share of every fold, so that none is missing outside.
    counts = data.class_counts(given, K)
    of_fold = data.class_counts(given[inside], K)
    assert (abs(of_fold - counts / num_folds) < 1).all()
    assert (of_fold < counts).all()
    judged += inside
  assert sorted(judged) == list(range(N))
  assert np.ptp([len(part.dataset.test_labels) for part in parts]) <= 1


def test_which_labels_are_right_does_not_matter(parts):
  setup = a_setup()
  labels = setup.train_labels
  runs.out_of_fold_probabilities(setup, 2)
  runs.out_of_fold_probabilities(
    setup._replace(train_labels=labels._replace(clean=np.roll(labels.clean, 1))), 2
  )
  for one, other in zip(parts[:2], parts[2:], strict=True):
    for leaf, same in zip(one.train_labels, other.train_labels, strict=True):
      np.testing.assert_array_equal(leaf, same)
    np.testing.assert_array_equal(one.dataset.train_images, other.dataset.train_images)


def test_the_seed_of_the_noise_decides_the_folds(parts):
  setup = a_setup()
  for changes in ({}, {"seed": 1}, {"noise_seed": 1}):
    config = dataclasses.replace(setup.config, **changes)
    runs.out_of_fold_probabilities(setup._replace(config=config), 2)
  first, same, other = (part.dataset.test_images for part in parts[::2])
  np.testing.assert_array_equal(first, same)
  assert (first != other).any()


def test_a_fold_is_judged_as_by_a_training_on_the_rest_alone():
  setup = a_setup(num_devices=2, average_decay=0.5, method="elr")
  images, given = setup.dataset.train_images, setup.train_labels.noisy
  results = []
  actual = runs.out_of_fold_probabilities(setup, 2, show=lambda _, x: results.append(x))
  np.testing.assert_allclose(actual.sum(1), 1, rtol=1e-5)
  fold_of = out_of_fold._folds(given, 2, CONFIG.noise_seed)
  rest, inside = fold_of == 1, fold_of == 0
  dataset = setup.dataset._replace(train_images=images[rest], train_labels=given[rest])
  labels = NoisyLabels(given[rest], given[rest], K)
  *_, last = training.train(setup._replace(dataset=dataset, train_labels=labels))
  variables = replicas.unstack(last.state.variables, seed=0)
  inputs = (images[inside] - setup.mean) / setup.std
  logits = setup.model.apply(variables, np.float32(inputs), train=False)
  np.testing.assert_allclose(actual[inside], nn.softmax(logits), rtol=1e-3)
  met = (actual.argmax(1) == given)[inside].mean()
  assert results[0].epoch == CONFIG.epochs
  assert results[0].test_accuracy == pytest.approx(met, abs=1e-6)


def test_a_bias_fades_and_q_rises_within_the_steps_of_a_fold(parts):
  scheduled = {"loss": "gce", "logit_bias": 3.0, "bias_schedule": "fading"}
  runs.out_of_fold_probabilities(a_setup(**scheduled, q_schedule="rising"), 2)
  num_steps = CONFIG.epochs * (N // 2 // CONFIG.batch_size)
  for part in parts:
    values = part.objective.values_at(num_steps // 2)
    assert values["logit_bias"] == 0
    assert values["gce.q"] == pytest.approx(0.85)
    assert part.objective.values_at(num_steps)["gce.q"] == 1


@pytest.mark.parametrize(
  "num_folds, changes, message",
  [
    (1, {}, r"num_folds: 1, must be a whole number from 2 to the \d+ examples of the sm"),
    (0, {}, "num_folds: 0, must be a whole number from 2 to"),
    (2.5, {}, "num_folds: 2.5, must be a whole number from 2 to"),
    (True, {}, "num_folds: True, must be a whole number from 2 to"),
    (N, {}, f"num_folds: {N}, must be a whole number from 2 to"),
    (2, {"method": "meta(size=20)"}, "method: meta.size=20., must be one that takes no"),
    (2, {"batch_size": 76}, "batch_size: 76, must be at most the 75 examples that 2 folds"),
  ],
)
def test_what_cannot_be_split_is_refused_in_one_line(num_folds, changes, message, parts):
  with pytest.raises(ValueError, match=message) as error:
    runs.out_of_fold_probabilities(a_setup(**changes), num_folds)
  assert "\n" not in str(error.value)
  assert not parts


@pytest.mark.parametrize("count", [0, 1])
def test_a_class_that_a_network_would_not_see_is_refused(count, parts):
  setup = a_setup()
  noisy = np.where(setup.train_labels.noisy == 3, 4, setup.train_labels.noisy)
  noisy[:count] = 3
  setup = setup._replace(train_labels=setup.train_labels._replace(noisy=noisy))
  with pytest.raises(ValueError, match=f"to the {count} examples of the smallest class, 3"):
    runs.out_of_fold_probabilities(setup, 2)


def test_a_streamed_set_is_refused():
  streamed = data.StreamedDataset(None, None, 10, ())
  setup = a_setup()._replace(dataset=streamed)
  with pytest.raises(ValueError, match="dataset: digits10, must be in memory to be split"):
    runs.out_of_fold_probabilities(setup, 2)


def test_networks_in_workdirs_are_trained_once_and_for_the_same_data(tmp_path, monkeypatch):
  setup = a_setup()
  in_memory = runs.out_of_fold_probabilities(setup, 2)
  first = runs.out_of_fold_probabilities(setup, 2, workdir=tmp_path)
  np.testing.assert_allclose(first, in_memory, rtol=1e-5, atol=1e-7)

  def refuse(*_, **__):
    raise AssertionError("trains again")

  monkeypatch.setattr("noisy_jax.runs.runner.train", refuse)
  again = runs.out_of_fold_probabilities(setup, 2, workdir=tmp_path)
  np.testing.assert_array_equal(again, first)
  with pytest.raises(OSError, match="fold1 holds another run: the data set has changed"):
    runs.out_of_fold_probabilities(setup, 3, workdir=tmp_path)


def test_a_network_of_other_noisy_labels_is_not_taken(tmp_path):
  setup = a_setup(epochs=1)
  network = runs.trained_once(setup, tmp_path)
  chex.assert_trees_all_equal(
    runs.trained_once(setup, tmp_path).variables, network.variables
  )
  labels = setup.train_labels._replace(noisy=setup.train_labels.noisy[::-1])
  with pytest.raises(OSError, match="holds a finished run with other noisy labels; choose"):
    runs.trained_once(setup._replace(train_labels=labels), tmp_path)
