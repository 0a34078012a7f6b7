"""Mixtures of two training images and of their labels: pure functions, on the device.

Neighbours in a batch are mixed with each other: the first with the second, the third with
the fourth. As the order of an epoch is random, so are the pairs. A pair lies on one device
and in one part of an accumulated batch, and one random key is drawn for the whole batch, so
that results do not depend on the number of devices or parts.
"""

import dataclasses
import re
from collections.abc import Callable

import jax
import jax.numpy as jnp

from noisy_jax import checks
from noisy_jax.losses import LabelMixture


def mixup(
  key: jax.Array, images: jax.Array, *, alpha: float = 1.0
) -> tuple[jax.Array, jax.Array]:
  """Weighted means of two images, with one weight for the whole batch.

  x'_i = w x_i + (1 - w) x_j, with j the neighbour of i and w from Beta(alpha, alpha).

  Args:
    key: random key of the batch.
    images: float[n, height, width, channels], n even.
    alpha: positive; 1 in the published code for CIFAR-10. A large one, such as 8, moves
      weights to 1/2; the paper has it for wrong labels.

  Returns:
    The mixtures, and the weight w of the image in its own place, a scalar.

  Raises:
    ValueError: if alpha is not positive.

  Source: Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: Beyond Empirical Risk Minimization",
    ICLR 2018. Their code also has one weight for a batch; its pairs are a random
    permutation of the batch.
  """
  weight = _beta(key, alpha)
  return weight * images + (1 - weight) * neighbours(images), weight


def cutmix(
  key: jax.Array, images: jax.Array, *, alpha: float = 1.0
) -> tuple[jax.Array, jax.Array]:
  """Images with a box from another one, the same box in the whole batch.

  With l from Beta(alpha, alpha), the box has sqrt(1 - l) of the height and of the width,
  rounded down to an even number of pixels. Its centre is any pixel, so that part of it may
  fall outside. The weight w is the share of the pixels that are kept.

  Args:
    key: random key of the batch.
    images: float[n, height, width, channels], n even.
    alpha: positive; 1 in the paper.

  Returns:
    The mixtures, and the weight w of the image in its own place, a scalar.

  Raises:
    ValueError: if alpha is not positive.

  Source: Yun, Han, Oh, Chun, Choe and Yoo, "CutMix: Regularization Strategy to Train Strong
    Classifiers with Localizable Features", ICCV 2019, and its code, which for CIFAR leaves
    every second batch as it is; here every batch is mixed.
  """
  of_share, of_row, of_column = jax.random.split(key, 3)
  _, height, width, _ = images.shape
  edge = jnp.sqrt(1 - _beta(of_share, alpha))

  def inside(key, size):
    half = jnp.floor(size * edge).astype(jnp.int32) // 2
    centre, places = jax.random.randint(key, (), 0, size), jnp.arange(size)
    return (places >= centre - half) & (places < centre + half)

  in_box = inside(of_row, height)[:, None] & inside(of_column, width)[None, :]
  mixed = jnp.where(in_box[None, :, :, None], neighbours(images), images)
  return mixed, 1 - in_box.mean()


def neighbours(rows: jax.Array) -> jax.Array:
  """The rows with each pair of neighbours swapped, [n, ...] with n even."""
  return rows.reshape(-1, 2, *rows.shape[1:])[:, ::-1].reshape(rows.shape)


MIXINGS: dict[str, Callable[..., tuple[jax.Array, jax.Array]]] = {
  "mixup": mixup,
  "cutmix": cutmix,
}


@dataclasses.dataclass(frozen=True)
class Mixing:
  """A way to mix images and their labels; its `str` parses to the same.

  Attributes:
    name: a key of `MIXINGS`.
    alpha: of the Beta distribution of the weights.
  """

  name: str
  alpha: float = 1.0

  def __call__(
    self, key: jax.Array, images: jax.Array, labels: jax.Array | LabelMixture
  ) -> tuple[jax.Array, LabelMixture]:
    """Mixes a batch.

    Args:
      key: random key of the batch.
      images: float[n, height, width, channels], n even.
      labels: class ids, int[n], or mixtures with labels and weights [n, M].

    Returns:
      The mixtures, and of each the labels of its own place and those of its neighbour.
    """
    images, weight = MIXINGS[self.name](key, images, alpha=self.alpha)
    if not isinstance(labels, LabelMixture):
      labels = LabelMixture(labels[:, None], jnp.ones((len(labels), 1)))
    of_own, shares = (jnp.asarray(leaf) for leaf in labels)
    both = jnp.concatenate([of_own, neighbours(of_own)], axis=-1)
    weights = [weight * shares, (1 - weight) * neighbours(shares)]
    return images, LabelMixture(both, jnp.concatenate(weights, axis=-1))

  def __str__(self) -> str:
    alpha = repr(self.alpha).removesuffix(".0")
    return self.name if alpha == "1" else f"{self.name}(alpha={alpha})"


def parse_mixing(text: str) -> Mixing | None:
  """Parses a mixing, such as mixup or cutmix(alpha=0.5).

  Args:
    text: a key of `MIXINGS`, alone or with its alpha.

  Returns:
    `Mixing`; None if the text names none.

  Raises:
    ValueError: if alpha is not a positive number.
  """
  match = re.fullmatch(rf"({'|'.join(MIXINGS)})(?:\(alpha=(.+)\))?", text)
  if match is None:
    return None
  name, alpha = match.groups()
  try:
    return Mixing(name, checks.number("alpha", float(alpha or 1), "(0, inf)"))
  except ValueError:
    raise ValueError(
      f"augmentation: {text}: alpha: {alpha}, must be a number in (0, inf)"
    ) from None


def _beta(key, alpha):
  return jax.random.beta(key, *[checks.number("alpha", alpha, "(0, inf)")] * 2)
