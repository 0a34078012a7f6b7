"""Losses by their short names, as flags and tables write them."""

from noisy_jax.losses.bounded import generalized_cross_entropy, mae
from noisy_jax.losses.cross_entropy import cross_entropy
from noisy_jax.losses.primitives import Loss

NAMES: dict[str, Loss] = {
  "ce": cross_entropy,
  "mae": mae,
  "gce": generalized_cross_entropy,
}


def parse(text: str) -> Loss:
  """The loss that a short name stands for.

  Args:
    text: a key of `NAMES`.

  Returns:
    A function of (logits, labels).

  Raises:
    ValueError: if the name is unknown; the message lists the known ones.
  """
  if text not in NAMES:
    raise ValueError(f"loss: unknown {text!r}; known: {', '.join(NAMES)}")
  return NAMES[text]
