"""Random keys of epochs and examples, for the augmentation on the device."""

import jax

# With this folded in, the keys are independent of the initial weights and the label noise.
# Small numbers would not do: fold_in(key, i) is split(key, n)[i].
_AUGMENTATION = 0x61756721
# Keeps the keys of batches apart from those of examples.
_BATCHES = 0x62617463


def epoch_key(seed: int, epoch: int) -> jax.Array:
  """The random key of an epoch's augmentation.

  Args:
    seed: seed of the training.
    epoch: any integer from 0 up.

  Returns:
    A key, from which `example_keys` makes a key for each example.
  """
  key = jax.random.fold_in(jax.random.key(seed), _AUGMENTATION)
  return jax.random.fold_in(key, epoch)


def batch_key(key: jax.Array, step: jax.Array | int) -> jax.Array:
  """The random key of a batch as a whole, the same on every device.

  Args:
    key: the epoch's key.
    step: number of the step.

  Returns:
    A key.
  """
  return jax.random.fold_in(jax.random.fold_in(key, _BATCHES), step)


def example_keys(key: jax.Array, indices: jax.Array) -> jax.Array:
  """One key per example, from its index in the data set.

  Args:
    key: random key, such as an epoch's.
    indices: indices of examples, int[n].

  Returns:
    Keys [n]; an index has the same key in any batch.
  """
  return jax.vmap(jax.random.fold_in, (None, 0))(key, indices)
