import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import methods, training
from noisy_jax.training import loop
from noisy_jax.training.setup import Setup
from tests.small_setups import small_setup


def nan_at(label):
  def loss(logits, labels):
    return jnp.where(labels == label, jnp.nan, -jax.nn.log_softmax(logits)[..., 0])

  return loss


def with_loss(setup, loss):
  objective = setup.objective._replace(loss=loss)
  return setup._replace(objective=objective, method=methods.plain(loss))


@pytest.mark.parametrize("seeds", [(3,), (0, 1, 2)])
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
  spoilt = state._replace(params=spoilt)
  resume = training.Moment(2, 0, loop.no_totals(2), no_indices, spoilt)
  with pytest.raises(FloatingPointError, match="nan in epoch 2, step 1 with seed 9; try"):
    list(training.train(setup, seeds=(5, 9), resume=resume))


@pytest.mark.parametrize("seeds", [(0,), (0, 7)])
def test_a_loss_that_is_no_number_on_test_images_stops_as_well(seeds):
  setup = small_setup(noise_rate=0.0)
  labels = setup.train_labels._replace(noisy=setup.train_labels.noisy % 9)
  of_seed = " with seed 0" if len(seeds) > 1 else ""
  message = f"the loss is nan on test examples after epoch 1{of_seed}; try a learning_rate"
  bad = with_loss(setup, nan_at(9))._replace(train_labels=labels)
  with pytest.raises(FloatingPointError, match=message):
    list(training.train(bad, seeds=seeds))
