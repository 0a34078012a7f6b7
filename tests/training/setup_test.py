"""What a config comes to: bias, hyperparameters, noise, sizes, titles."""

import jax
import numpy as np
import pytest

from noisy_jax import data, noise, runs
from tests.small_setups import SMALL, small_setup


def test_seeds_of_noise_and_training_are_independent():
  first, other_seed, other_noise = (
    small_setup(),
    small_setup(seed=1),
    small_setup(noise_seed=1),
  )
  np.testing.assert_array_equal(first.train_labels.noisy, other_seed.train_labels.noisy)
  assert (first.train_labels.noisy != other_noise.train_labels.noisy).any()


def test_automatic_bias_is_resolved_and_explained():
  setup = small_setup(num_classes=100, logit_bias="auto")
  assert 2.3 < setup.objective.logit_bias < 2.7
  assert "100 classes" in setup.objective.bias_reason
  assert (
    small_setup(num_classes=100, loss="ce", logit_bias="auto").objective.logit_bias == 0
  )
  assert small_setup(logit_bias=1.5).objective.logit_bias == 1.5


def test_automatic_hyperparameter_is_resolved():
  setup = small_setup(num_classes=300, loss="gce(q=auto)")
  (term,) = setup.objective.expression.terms
  ((keyword, q),) = term.keywords
  assert keyword == "q"
  assert 0.5 < q < 0.65
  assert setup.objective.loss == setup.objective.expression


def test_batch_must_fit_devices_and_data():
  with pytest.raises(
    ValueError, match="batch_size: 66, must be a multiple of 4, for the 4 devices"
  ):
    small_setup(batch_size=66)
  with pytest.raises(ValueError, match="batch_size: 644, must be at most the 640 training"):
    small_setup(batch_size=644)


def test_labels_outside_the_classes_are_refused():
  dataset = data.digits(10, train_size=64, test_size=10)
  for name in ("train_labels", "test_labels"):
    broken = dataset._replace(**{name: np.full_like(getattr(dataset, name), 10)})
    with pytest.raises(
      ValueError, match=r"labels: 10 at position \d+, must be in \[0, 10\)"
    ):
      runs.prepare(SMALL, dataset=broken)


def test_more_steps_than_can_be_counted_are_refused():
  with pytest.raises(ValueError, match="epochs: 1000000000000, must be at most"):
    small_setup(epochs=10**12)


def test_titles_name_the_bias_and_the_method():
  setup = small_setup(loss="mae", logit_bias=2.5, bias_schedule="fading")
  assert setup.training_in_words == "mae with logit bias 2.5, fading"
  setup = small_setup(loss="gce", q_schedule="rising", method="elr(lam=7)")
  assert setup.training_in_words == "gce, q rising, by elr(lam=7)"


def test_noise_is_that_of_the_config():
  setup = small_setup(noise_seed=5)
  expected = noise.symmetric(
    setup.dataset.train_labels, 10, SMALL.noise_rate, key=jax.random.key(5)
  )
  np.testing.assert_array_equal(setup.train_labels.noisy, expected.noisy)
