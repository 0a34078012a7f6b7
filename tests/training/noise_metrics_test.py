import jax
import numpy as np
import pytest

from noisy_jax import data, training
from noisy_jax.training import replicas
from noisy_jax.training.batch import standardize
from tests.training.noisy_sets import a_set, prepare, write_npz


def small_digits(size=1000):
  """digits10 in bytes."""
  dataset = data.digits(10, train_size=size, test_size=100)
  return dataset._replace(
    train_images=np.uint8(255 * dataset.train_images),
    test_images=np.uint8(255 * dataset.test_images),
  )


def predictions(setup, variables):
  """Likeliest classes and their probabilities, from float64 logits of the MLP itself."""
  mean, std = data.channel_statistics(setup.dataset.train_images)
  inputs = np.asarray(standardize(setup.dataset.train_images, mean, std), np.float64)
  inputs = inputs.reshape(len(inputs), -1)
  layers = [variables["params"][name] for name in sorted(variables["params"])]
  for layer in layers[:-1]:
    inputs = np.maximum(inputs @ np.float64(layer["kernel"]) + layer["bias"], 0)
  logits = inputs @ np.float64(layers[-1]["kernel"]) + layers[-1]["bias"]
  weights = np.exp(logits - logits.max(axis=1, keepdims=True))
  return logits.argmax(1), weights.max(1) / weights.sum(1)


def last_of(setup, seeds=None):
  *_, last = training.train(setup, seeds=seeds)
  return last.results, replicas.unstack(last.state.variables)


def test_memorised_and_corrected_are_shares_of_the_wrong_labels():
  # 1000 is no multiple of 64: the last batch of the measurement is filled up.
  setup = prepare(small_digits(), "symmetric", 0.5, epochs=8)
  results, variables = last_of(setup, seeds=(0, 1))
  noisy, clean = setup.train_labels.noisy, setup.train_labels.clean
  wrong = noisy != clean
  for seed, result in enumerate(results):
    own = jax.tree.map(lambda leaf, seed=seed: leaf[seed], variables)
    predicted, _ = predictions(setup, own)
    memorised = (predicted[wrong] == noisy[wrong]).mean()
    corrected = (predicted[wrong] == clean[wrong]).mean()
    # One label may lie on the border between two classes.
    assert result.memorised == pytest.approx(memorised, abs=1.1 / wrong.sum())
    assert result.corrected == pytest.approx(corrected, abs=1.1 / wrong.sum())
    assert min(memorised, corrected) > 0.05
    assert result.foreign_auroc is None


def test_clean_labels_have_nothing_to_memorise():
  (result,), _ = last_of(prepare(small_digits(), "symmetric", 0.0))
  assert (result.memorised, result.corrected, result.foreign_auroc) == (None, None, None)


def test_foreign_images_are_found_by_their_confidence(tmp_path):
  foreign = a_set(2, 300, seed=2)
  noise_images = np.random.default_rng(3).integers(0, 256, (300, 8, 24, 1), np.uint8)
  foreign = foreign._replace(train_images=noise_images, test_images=noise_images[:50])
  kind = f"open_set:{write_npz(tmp_path / 'noise.npz', foreign)}"
  setup = prepare(small_digits(4000), kind, 0.3, epochs=6, widths=(64,))
  (result,), variables = last_of(setup)
  _, confidences = predictions(setup, jax.tree.map(lambda leaf: leaf[0], variables))
  own, others = confidences[~setup.foreign], confidences[setup.foreign]
  # The share of pairs in the right order, as one counts it by hand.
  above = (own[:, None] > others).mean() + (own[:, None] == others).mean() / 2
  assert result.foreign_auroc == pytest.approx(above, abs=1e-4)
  assert result.foreign_auroc > 0.7
