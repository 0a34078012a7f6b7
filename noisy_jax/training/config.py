"""What a training run is: every choice that changes its numbers, checked on creation."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from noisy_jax import data, losses, models
from noisy_jax.data import augmentation


class _Range(NamedTuple):
  holds: Callable[[Any], bool]
  text: str


def _is_number(value):
  return isinstance(value, int | float) and math.isfinite(value)


_POSITIVE = _Range(lambda x: _is_number(x) and x > 0, "a number above 0")
_NOT_NEGATIVE = _Range(lambda x: _is_number(x) and x >= 0, "a number from 0 up")
_FRACTION = _Range(lambda x: _is_number(x) and 0 <= x < 1, "in [0, 1)")
_COUNT = _Range(lambda x: isinstance(x, int) and x >= 1, "an integer from 1 up")
# JAX keeps 32 bits of a seed; two that agree in them would be the same.
_SEED = _Range(lambda x: isinstance(x, int) and 0 <= x < 2**32, "an integer in [0, 2^32)")
_WIDTHS = _Range(
  lambda x: isinstance(x, tuple) and len(x) > 0 and all(map(_COUNT.holds, x)),
  "a tuple of integers from 1 up",
)
_BIAS = _Range(lambda x: x == "auto" or _is_number(x), "a number or auto")
_TEXT = _Range(lambda x: isinstance(x, str), "a name")


def _setting(default: Any, valid: _Range, help: str) -> Any:
  return dataclasses.field(default=default, metadata={"valid": valid, "help": help})


@dataclasses.dataclass(frozen=True)
class TrainConfig:
  """A training run. Where its data and results live is not part of it.

  Each field is a flag of experiments/train.py, with the text beside it as help.

  Raises:
    ValueError: if a value is unknown or out of range, naming the field, the value and what
      would be right.
  """

  dataset: str = _setting(
    "digits100", _TEXT, "Data set: digits2 ... digits1000, or cifar10."
  )
  loss: str = _setting(
    "ce",
    _TEXT,
    f"Loss: {', '.join(losses.NAMES)}; a sum, '10*nce + agce(a=6, q=1.5)'; gce(q=auto).",
  )
  logit_bias: float | str = _setting(
    0.0,
    _BIAS,
    "Number added to the labelled logit inside the loss, or auto: from the classes.",
  )
  noise_rate: float = _setting(0.0, _FRACTION, "Share of wrong training labels, in [0, 1).")
  noise_seed: int = _setting(
    0, _SEED, "Seed of the label noise, apart from the training's."
  )
  model: str = _setting("mlp", _TEXT, f"Network: {', '.join(models.NAMES)}.")
  widths: tuple[int, ...] = _setting(
    (1024, 1024), _WIDTHS, "Units of the MLP's hidden layers."
  )
  augmentation: str = _setting(
    "none",
    _TEXT,
    f"Of training images: {', '.join(augmentation.PROTOCOLS)} as published, or names of "
    f"{', '.join(augmentation.TRANSFORMATIONS)} joined by +, applied in that order.",
  )
  epochs: int = _setting(10, _COUNT, "Passes over the training set.")
  batch_size: int = _setting(
    128,
    _COUNT,
    "Examples per step, over all devices; what fills no batch is left out of the epoch.",
  )
  learning_rate: float = _setting(
    0.1, _POSITIVE, "First learning rate; falls to 0 as a cosine."
  )
  momentum: float = _setting(0.9, _FRACTION, "Momentum of SGD, in [0, 1).")
  clip_norm: float = _setting(5.0, _POSITIVE, "Largest global norm of the gradient.")
  weight_decay: float = _setting(
    1e-4, _NOT_NEGATIVE, "L2 decay, added to the clipped gradient."
  )
  seed: int = _setting(
    0, _SEED, "Seed of the initialisation, the order of examples and their augmentation."
  )

  def __post_init__(self):
    for field in dataclasses.fields(self):
      value, valid = getattr(self, field.name), field.metadata["valid"]
      if not valid.holds(value):
        raise ValueError(f"{field.name}: {value!r}, must be {valid.text}")
    data.check_name(self.dataset)
    losses.parse(self.loss)
    augmentation.parse_augmentation(self.augmentation)
    models.check_name(self.model)
