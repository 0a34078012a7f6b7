"""Training on mixtures: the loss by hand, devices, seeds, and what cannot be mixed."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from noisy_jax import data, losses, methods, training
from noisy_jax.training import metrics, replicas, train_step
from noisy_jax.training.batch import Examples, standardize
from tests.small_setups import first, small_setup, trained


def test_a_step_follows_the_weighted_losses_of_both_labels():
  setup = small_setup(4)
  variables = setup.model.init(jax.random.key(0), setup.dataset.train_images[:1])["params"]
  examples = Examples(
    setup.dataset.train_images, setup.train_labels.noisy, *np.float32([[0.3], [0.4]])
  )
  indices, key = np.arange(100, 164, dtype=np.int32), jax.random.key(7)
  swapped = indices.reshape(-1, 2)[:, ::-1].ravel()
  # The second of two steps; the first one's learning rate is 0.
  w = jax.random.beta(data.batch_key(key, 6), 2.0, 2.0)
  images, others = (
    standardize(examples.images[rows], examples.mean, examples.std)
    for rows in (indices, swapped)
  )
  loss = losses.with_logit_bias(losses.mae, 1.0)

  def logits_of(params):
    return setup.model.apply({"params": params}, w * images + (1 - w) * others)

  def mean_loss(params):
    a, b = (loss(logits_of(params), examples.labels[rows]) for rows in (indices, swapped))
    return (w * a + (1 - w) * b).mean()

  expected = jax.tree.map(
    lambda p, g: p - 0.1 * g, variables, jax.grad(mean_loss)(variables)
  )
  sgd = optax.sgd(lambda count: 0.1 * count)
  epoch = replicas.pmap(
    train_step.train_steps,
    setup.devices,
    model=setup.model,
    method_at=lambda _: methods.plain(loss),
    optimizer=sgd,
    mix=data.Mixing("mixup", 2.0),
  )
  arguments = (
    replicas.stack(train_step.State(variables, {}, sgd.init(variables)), setup.devices),
    replicas.stack(examples, setup.devices),
    replicas.split(np.stack([indices + 64, indices]), setup.devices),
  )
  state, totals = epoch(*arguments, jnp.stack([key] * 4), np.full(4, 5, np.int32))
  chex.assert_trees_all_close(replicas.unstack(state.params), expected, atol=1e-6)
  totals = replicas.unstack(totals)
  np.testing.assert_allclose(totals.loss[1] / 64, mean_loss(variables), rtol=1e-5)
  likeliest = logits_of(variables).argmax(-1)
  hits = [(likeliest == examples.labels[rows]).sum() for rows in (indices, swapped)]
  np.testing.assert_allclose(totals.correct[1], w * hits[0] + (1 - w) * hits[1], rtol=1e-5)
  with pytest.raises(ValueError, match="key: None, must be a random key where images are"):
    epoch(*arguments)


def test_a_mixture_is_right_by_the_weights_of_its_labels():
  logits = np.float32([[0, 3, 2], [5, 0, 1], [0, 1, 2]])
  mixture = losses.LabelMixture(
    np.array([[1, 0], [2, 1], [2, 2]]), np.float32([[0.7, 0.3], [0.6, 0.4], [0.5, 0.5]])
  )
  counts = np.array([True, True, False])
  totals = metrics.totals_of(np.float32([1, 2, np.nan]), logits, mixture, counts)
  np.testing.assert_allclose(totals, [3, 0.7, 2, 2], rtol=1e-6)


CHANGES = {"augmentation": "crop+cutmix", "epochs": 1, "loss": "mae", "logit_bias": 1.0}


@pytest.mark.parametrize("method", ["none", "sr", "meta(size=20)"])
def test_results_do_not_depend_on_devices_or_parts(method):
  (alone, (row,)), (several, (other,)) = (
    trained(small_setup(num_devices, method=method, **CHANGES)) for num_devices in (1, 4)
  )
  chex.assert_trees_all_close(alone.params, several.params, atol=1e-5)
  assert row[0]["train_accuracy"] == pytest.approx(other[0]["train_accuracy"], abs=1e-6)
  if method == "none":
    in_parts, _ = trained(small_setup(2, accumulation=4, **CHANGES))
    chex.assert_trees_all_close(alone.params, in_parts.params, atol=1e-5)


def test_seeds_together_are_as_each_alone():
  both, _ = trained(small_setup(**CHANGES), seeds=(3, 4))
  alone, _ = trained(small_setup(**CHANGES), seeds=(4,))
  other = jax.tree.map(lambda leaf: leaf[1], both.params)
  chex.assert_trees_all_close(other, first(alone.params), atol=1e-5)


@pytest.mark.parametrize(
  "changes, what",
  [
    ({"method": "elr"}, "method elr, which follows the label of each"),
    ({"method": "car"}, "method car, which follows the label of each"),
    ({"method": "ogc"}, "method ogc, which follows the label of each"),
    ({"loss": "gjs"}, "loss gjs, which compares several views of it"),
  ],
)
def test_what_needs_single_examples_refuses_to_mix_them(changes, what):
  message = rf"^augmentation: crop\+mixup, must leave each image one label with {what}$"
  with pytest.raises(ValueError, match=message):
    small_setup(augmentation="crop+mixup", **changes)


def test_pairs_must_fit_the_batch():
  message = "batch_size: 36, must be a multiple of 8, for the 4 devices and pairs to mix"
  with pytest.raises(ValueError, match=f"^{message}$"):
    small_setup(4, batch_size=36, augmentation="mixup")
  assert small_setup(2, batch_size=36, augmentation="mixup")


def test_a_loss_of_views_sees_one_mixed_image_without_other_augmentation():
  setup = small_setup(loss="gjs", augmentation="mixup", epochs=1)
  assert setup.objective.num_views == 1
  assert np.isfinite([m.results[0].loss for m in training.train(setup) if m.results])
