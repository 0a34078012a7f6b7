"""Random keys of epochs and of examples in them, for what changes images on the device."""

import jax

# Folded into the key of the seed, this makes a stream apart from the initialisation and the
# label noise. Small numbers would not do: fold_in(key, i) is split(key, n)[i].
_AUGMENTATION = 0x61756721


def epoch_key(seed: int, epoch: int) -> jax.Array:
  """The key that decides how the images of an epoch are changed.

  Args:
    seed: of the training.
    epoch: any integer from 0 up.

  Returns:
    A key, to give each example its own by `example_keys`.
  """
  key = jax.random.fold_in(jax.random.key(seed), _AUGMENTATION)
  return jax.random.fold_in(key, epoch)


def example_keys(key: jax.Array, indices: jax.Array) -> jax.Array:
  """One key per example, from its place in the data set.

  Args:
    key: random key, of an epoch say.
    indices: of examples, int[n].

  Returns:
    Keys [n]; an index has the same one in any batch.
  """
  return jax.vmap(jax.random.fold_in, (None, 0))(key, indices)
