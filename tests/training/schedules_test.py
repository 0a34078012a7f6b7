import dataclasses

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import data
from noisy_jax.training import loop
from noisy_jax.training.batch import standardize
from noisy_jax.training.setup import Setup
from tests.small_setups import FADING, SMALL, first, small_setup, trained


def test_each_step_has_the_numbers_of_its_schedules(monkeypatch):
  monkeypatch.setattr(Setup, "steps_per_call", 3)
  plain = dict(momentum=0.0, clip_norm=0.0, weight_decay=0.0, schedule="constant")
  setup = small_setup(loss="gce", q_schedule="rising", **FADING, **plain)
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

  indices = np.concatenate([data.epoch_rows(320, 64, seed=0, epoch=e) for e in (1, 2)])
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
  with pytest.raises(ValueError, match="q_schedule: rising, must be constant with method"):
    small_setup(loss="gce", method="meta(size=10)", q_schedule="rising")
  small_setup(loss="gce", method="meta(size=10)", **FADING)


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"bias_schedule": "linear"}, "bias_schedule: 'linear', must be one of constant, fad"),
    ({"bias_schedule": "fading"}, "must be constant with logit_bias 0, which cannot fall"),
    (FADING | {"logit_bias": -1.0}, "must be constant with logit_bias -1, which cannot"),
    ({"q_schedule": "rising"}, "must be constant with loss mae: it is for"),
    ({"loss": "gce + gce", "q_schedule": "rising"}, "a loss with gce in it, once"),
  ],
)
def test_schedules_of_what_is_not_there_are_refused(changes, message):
  with pytest.raises(ValueError, match=message):
    dataclasses.replace(SMALL, **changes)
