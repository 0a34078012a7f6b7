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


@pytest.mark.parametrize(
  "augmentation, num_views", [("none", 1), ("crop+flip", 1), ("crop+flip", 2)]
)
def test_train_step_follows_the_gradient_of_the_global_batch(augmentation, num_views):
  setup = small_setup(4)
  variables = setup.model.init(jax.random.key(0), setup.dataset.train_images[:1])["params"]
  images, labels = setup.dataset.train_images, setup.train_labels.noisy
  examples = Examples(images, labels, *np.float32([[0.3], [0.4]]))
  indices, key = np.arange(100, 164, dtype=np.int32), jax.random.key(7)
  images, labels = examples.images[indices], examples.labels[indices]
  loss = losses.mae if num_views == 1 else losses.generalized_jensen_shannon
  augment = None if augmentation == "none" else data.parse_augmentation(augmentation)

  @jax.jit
  def expected(params, keys):
    if num_views == 1:
      keys = [keys]
    else:
      keys = [jax.vmap(lambda k, v=v: jax.random.fold_in(k, v))(keys) for v in (0, 1)]
    views = [images if augment is None else augment(own, images) for own in keys]
    views = [standardize(view, examples.mean, examples.std) for view in views]

    def mean_loss(params):
      logits = jnp.stack([setup.model.apply({"params": params}, view) for view in views])
      return loss(logits if num_views > 1 else logits[0], labels).mean(), logits[0]

    (mean, logits), gradient = jax.value_and_grad(mean_loss, has_aux=True)(params)
    after = jax.tree.map(lambda w, g: w - 0.1 * g, params, gradient)
    return mean, (logits.argmax(-1) == labels).sum(), after

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
  state, totals = epoch(*arguments, *([] if augment is None else [jnp.stack([key] * 4)]))
  mean, correct, after = expected(variables, data.example_keys(key, indices))
  chex.assert_trees_all_close(replicas.unstack(state.params), after, atol=1e-6)
  totals = replicas.unstack(totals)
  assert totals.num_examples == [64]
  np.testing.assert_allclose(totals.loss[0] / 64, mean, rtol=1e-5)
  assert totals.correct == [correct]
  if augment is not None:
    with pytest.raises(ValueError, match="key: None, must be a random key where images"):
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
