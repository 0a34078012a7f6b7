"""A step of training: gradients of the global batch, keys of augmentation."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from noisy_jax import data, losses, methods, training
from noisy_jax.training import replicas, train_step
from noisy_jax.training.batch import Examples, standardize
from tests.small_setups import small_setup


def test_train_step_follows_the_gradient_of_the_global_batch():
  setup = small_setup(jax.local_devices()[:4])
  variables = setup.model.init(jax.random.key(0), setup.dataset.train_images[:1])["params"]
  examples = Examples(
    setup.dataset.train_images, setup.train_labels.noisy, *np.float32([[0.3], [0.4]])
  )
  indices = np.arange(64, dtype=np.int32)

  def mean_loss(params):
    inputs = standardize(examples.images[indices], examples.mean, examples.std)
    return losses.mae(
      setup.model.apply({"params": params}, inputs), examples.labels[indices]
    ).mean()

  expected = jax.tree.map(
    lambda w, g: w - 0.1 * g, variables, jax.grad(mean_loss)(variables)
  )
  sgd = optax.sgd(0.1)
  epoch = replicas.pmap(
    train_step.train_steps,
    setup.devices,
    model=setup.model,
    method_at=lambda _: methods.plain(losses.mae),
    optimizer=sgd,
  )
  state, totals = epoch(
    replicas.stack(train_step.State(variables, {}, sgd.init(variables)), setup.devices),
    replicas.stack(examples, setup.devices),
    replicas.split(indices[None], setup.devices),
  )
  chex.assert_trees_all_close(replicas.unstack(state.params), expected, atol=1e-6)
  totals = replicas.unstack(totals)
  assert totals.num_examples == [64]
  np.testing.assert_allclose(totals.loss[0] / 64, mean_loss(variables), rtol=1e-5)


@pytest.mark.parametrize("num_views", [1, 2])
def test_train_step_augments_each_example_by_its_index(num_views):
  setup = small_setup(jax.local_devices()[:4])
  variables = setup.model.init(jax.random.key(0), setup.dataset.train_images[:1])["params"]
  examples = Examples(
    setup.dataset.train_images, setup.train_labels.noisy, *np.float32([[0.3], [0.4]])
  )
  indices = np.arange(100, 164, dtype=np.int32)
  key, augment = jax.random.key(7), data.parse_augmentation("crop+flip")
  keys = data.example_keys(key, indices)
  if num_views > 1:
    keys = [jax.vmap(lambda key, v=v: jax.random.fold_in(key, v))(keys) for v in (0, 1)]
    loss = losses.generalized_jensen_shannon
  else:
    keys, loss = [keys], losses.mae
  views = [
    standardize(augment(own, examples.images[indices]), examples.mean, examples.std)
    for own in keys
  ]
  labels = examples.labels[indices]

  def logits_of(params):
    logits = jnp.stack([setup.model.apply({"params": params}, view) for view in views])
    return logits if num_views > 1 else logits[0]

  def mean_loss(params):
    return loss(logits_of(params), labels).mean()

  expected = jax.tree.map(
    lambda w, g: w - 0.1 * g, variables, jax.grad(mean_loss)(variables)
  )
  sgd = optax.sgd(0.1)
  epoch = replicas.pmap(
    train_step.train_steps,
    setup.devices,
    model=setup.model,
    method_at=lambda _: methods.plain(loss),
    optimizer=sgd,
    augment=augment,
    num_views=num_views,
  )
  arguments = (
    replicas.stack(train_step.State(variables, {}, sgd.init(variables)), setup.devices),
    replicas.stack(examples, setup.devices),
    replicas.split(indices[None], setup.devices),
  )
  state, totals = epoch(*arguments, jnp.stack([key] * 4))
  chex.assert_trees_all_close(replicas.unstack(state.params), expected, atol=1e-6)
  totals = replicas.unstack(totals)
  assert totals.num_examples == [64]
  np.testing.assert_allclose(totals.loss[0] / 64, mean_loss(variables), rtol=1e-5)
  first = logits_of(variables).reshape(num_views, 64, -1)[0]
  assert totals.correct == [(first.argmax(-1) == labels).sum()]
  with pytest.raises(ValueError, match="key: None, must be a random key where images are"):
    epoch(*arguments)


def augmentation_keys_of(setup):
  """The key of each epoch, as the loop hands it to each device."""
  seen = []
  pmap = replicas.pmap

  def spy(function, *args, **kwargs):
    mapped = pmap(function, *args, **kwargs)
    if function is not train_step.train_steps:
      return mapped
    return lambda *args: seen.append(args[3]) or mapped(*args)

  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(replicas, "pmap", spy)
    list(training.train(setup))
  return seen


def test_each_epoch_and_seed_has_a_key_of_its_own_for_augmentation():
  first, again, other = (
    [
      np.asarray(jax.random.key_data(keys))
      for keys in augmentation_keys_of(small_setup(augmentation="flip", seed=seed))
    ]
    for seed in (0, 0, 1)
  )
  np.testing.assert_array_equal(first, again)
  assert len({row[0].tobytes() for row in first + other}) == 4
  for row in first:
    np.testing.assert_array_equal(row, np.broadcast_to(row[0], row.shape))


def test_without_augmentation_no_step_draws_keys(monkeypatch):
  monkeypatch.delattr(train_step, "example_keys")
  assert augmentation_keys_of(small_setup()) == [None, None]
