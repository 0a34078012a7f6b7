"""What a training run is: every choice that changes its numbers, checked on creation."""

import dataclasses
import math
from typing import Any

from noisy_jax import losses, models
from noisy_jax.data import check_name


def _setting(default: Any, help: str) -> Any:
  return dataclasses.field(default=default, metadata={"help": help})


@dataclasses.dataclass(frozen=True)
class TrainConfig:
  """A training run. Where its data and results live is not part of it.

  Each field is a flag of experiments/train.py, with the text beside it as help.

  Raises:
    ValueError: if a value is unknown or out of range, naming the field, the value and what
      would be right.
  """

  dataset: str = _setting("digits100", "Data set: digits2 ... digits1000, or cifar10.")
  loss: str = _setting("ce", f"Loss: {', '.join(losses.NAMES)}.")
  logit_bias: float | str = _setting(
    0.0, "Number added to the labelled logit inside the loss, or auto: from the classes."
  )
  noise_rate: float = _setting(0.0, "Share of wrong training labels, in [0, 1).")
  noise_seed: int = _setting(0, "Seed of the label noise, apart from the training's.")
  model: str = _setting("mlp", f"Network: {', '.join(models.NAMES)}.")
  widths: tuple[int, ...] = _setting((1024, 1024), "Units of the MLP's hidden layers.")
  epochs: int = _setting(10, "Passes over the training set.")
  batch_size: int = _setting(128, "Examples per step, over all devices together.")
  learning_rate: float = _setting(0.1, "First learning rate; falls to 0 as a cosine.")
  momentum: float = _setting(0.9, "Momentum of SGD, in [0, 1).")
  clip_norm: float = _setting(5.0, "Largest global norm of the gradient.")
  weight_decay: float = _setting(1e-4, "L2 decay, added to the clipped gradient.")
  seed: int = _setting(0, "Seed of the initialisation and of the order of examples.")

  def __post_init__(self):
    check_name(self.dataset)
    losses.parse(self.loss)
    if self.model not in models.NAMES:
      known = ", ".join(models.NAMES)
      raise ValueError(f"model: unknown {self.model!r}; known: {known}")
    if isinstance(self.logit_bias, str) and self.logit_bias != "auto":
      raise ValueError(f"logit_bias: {self.logit_bias!r}, must be a number or auto")
    if not isinstance(self.logit_bias, str):
      self._require("logit_bias", math.isfinite(self.logit_bias), "finite")
    self._require("noise_rate", 0 <= self.noise_rate < 1, "in [0, 1)")
    self._require("widths", all(width > 0 for width in self.widths), "positive")
    self._require("epochs", self.epochs >= 1, "at least 1")
    self._require("batch_size", self.batch_size >= 1, "at least 1")
    self._require("learning_rate", self.learning_rate > 0, "above 0")
    self._require("momentum", 0 <= self.momentum < 1, "in [0, 1)")
    self._require("clip_norm", self.clip_norm > 0, "above 0")
    self._require("weight_decay", self.weight_decay >= 0, "at least 0")
    self._require("noise_seed", self.noise_seed >= 0, "at least 0")
    self._require("seed", self.seed >= 0, "at least 0")

  def _require(self, name: str, holds: bool, right: str) -> None:
    if not holds:
      raise ValueError(f"{name}: {getattr(self, name)}, must be {right}")
