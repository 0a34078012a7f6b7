import jax
import numpy as np
import pytest

from noisy_jax import data, noise, runs
from tests.small_setups import SMALL, small_setup


def test_automatic_biases_and_hyperparameters_are_resolved_and_explained():
  setup = small_setup(num_classes=100, logit_bias="auto")
  assert 2.3 < setup.objective.logit_bias < 2.7
  assert "100 classes" in setup.objective.bias_reason
  assert small_setup(num_classes=99, loss="ce", logit_bias="auto").objective.logit_bias == 0
  assert small_setup(logit_bias=1.5).objective.logit_bias == 1.5
  setup = small_setup(num_classes=300, loss="gce(q=auto)")
  (term,) = setup.objective.expression.terms
  ((keyword, q),) = term.keywords
  assert keyword == "q"
  assert 0.5 < q < 0.65
  assert setup.objective.loss == setup.objective.expression


def test_batches_labels_and_epochs_must_fit():
  with pytest.raises(ValueError, match="batch_size: 66, must be a multiple of 4, for the"):
    small_setup(4, batch_size=66)
  with pytest.raises(ValueError, match="batch_size: 324, must be at most the 320 training"):
    small_setup(batch_size=324)
  dataset = data.digits(10, train_size=64, test_size=10)
  for name in ("train_labels", "test_labels"):
    broken = dataset._replace(**{name: np.full_like(getattr(dataset, name), 10)})
    with pytest.raises(ValueError, match=r"labels: 10 at position \d+, must be in \[0, 10"):
      runs.prepare(SMALL, dataset=broken)
  with pytest.raises(ValueError, match="epochs: 1000000000000, must be at most"):
    small_setup(epochs=10**12)


def test_titles_name_the_bias_and_the_method():
  setup = small_setup(loss="mae", logit_bias=2.5, bias_schedule="fading")
  assert setup.training_in_words == "mae with logit bias 2.5, fading"
  setup = small_setup(loss="gce", q_schedule="rising", method="elr(lam=7)")
  assert setup.training_in_words == "gce, q rising, by elr(lam=7)"


def test_noise_is_that_of_the_config():
  setup = small_setup(noise_seed=5)
  clean, key = setup.dataset.train_labels, jax.random.key(5)
  expected = noise.symmetric(clean, 10, SMALL.noise_rate, key=key)
  np.testing.assert_array_equal(setup.train_labels.noisy, expected.noisy)
