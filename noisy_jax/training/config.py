"""What a training run is: every choice that changes its numbers, checked on creation."""

import dataclasses
import functools
from typing import Any, NamedTuple

from noisy_jax import data, losses, methods, models, noise
from noisy_jax.data import augmentation
from noisy_jax.data.folder import ON_BAD_IMAGE
from noisy_jax.models.initializers import INITIALIZERS
from noisy_jax.training import label_noise, objective, optimizer, ranges
from noisy_jax.training.datasets import DataSettings
from noisy_jax.training.label_noise import NoiseSettings
from noisy_jax.training.network import NetworkSettings
from noisy_jax.training.objective import ObjectiveSettings
from noisy_jax.training.optimizer import OptimizerSettings

_NONE = "none"


class Parts(NamedTuple):
  """The settings of a run, parsed and in groups.

  Attributes:
    data: where the examples come from.
    noise: what is done to their labels.
    objective: what is minimised.
    network: whose weights are trained.
    optimizer: by which updates.
    augmentation: of the training images.
    method_spec: what is trained by beside the loss.
    method: the same around the loss as it is written: how many outputs, clean examples and
      memories it asks for follows from it; see `Setup.method` for that of the training.
  """

  data: DataSettings
  noise: NoiseSettings
  objective: ObjectiveSettings
  network: NetworkSettings
  optimizer: OptimizerSettings
  augmentation: data.Augmentation
  method_spec: methods.MethodSpec
  method: methods.Method


def _setting(default: Any, valid: ranges.Range, help: str) -> Any:
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
    "digits100",
    ranges.TEXT,
    "Data set: digits2 ... digits1000, folder:PATH, npz:PATH, or one of TensorFlow "
    "Datasets, such as cifar10.",
  )
  image_size: int = _setting(
    0, ranges.SIZE, "Height and width that images are scaled to; 0 leaves them as they are."
  )
  on_bad_image: str = _setting(
    "fail",
    ranges.one_of(*ON_BAD_IMAGE),
    "What an unreadable file in a folder does: fail, skip.",
  )
  max_memory_gb: float = _setting(
    4.0,
    ranges.NOT_NEGATIVE,
    "A folder or a set of TFDS whose images, decoded, take more is streamed, in 224 by 224 "
    "pixels; 0 streams any.",
  )
  extra_test: str = _setting(
    "none",
    ranges.TEXT,
    "NAME:SPLIT of TFDS to measure a streamed run on besides, such as "
    "webvision_imagenet/mini:validation.",
  )
  imbalance: str = _setting(
    "none", ranges.TEXT, "exp:R thins classes to a long tail, the first R times the last."
  )
  loss: str = _setting(
    "ce",
    ranges.TEXT,
    f"Loss: {', '.join(losses.NAMES)}; a sum, '10*nce + agce(a=6, q=1.5)'; gce(q=auto).",
  )
  correction: str = _setting(
    "none",
    ranges.TEXT,
    "Correction of cross-entropy by a transition matrix in a .npy or .csv file: "
    f"{objective.CORRECTIONS}.",
  )
  logit_clip: float = _setting(
    0.0, ranges.NOT_NEGATIVE, "Largest norm of the logits inside the loss; 0 clips nothing."
  )
  logit_bias: float | str = _setting(
    0.0,
    ranges.BIAS,
    "Number added to the labelled logit inside the loss, or auto: from the classes.",
  )
  bias_schedule: str = _setting(
    "constant",
    ranges.one_of(objective.CONSTANT, objective.FADING),
    "How the logit bias goes on: constant, as in the paper; or fading, to 0, by a rule of "
    "this library that follows from its size and the number of steps.",
  )
  q_schedule: str = _setting(
    "constant",
    ranges.one_of(objective.CONSTANT, objective.RISING),
    "How the q of gce goes on: constant; or rising, to 1, where gce is mae.",
  )
  method: str = _setting(
    "none",
    ranges.TEXT,
    f"What to train by beside the loss: none, {', '.join(methods.NAMES)}; with keywords, "
    "elr(lam=7, beta=0.9).",
  )
  clean: str = _setting(
    "none",
    ranges.TEXT,
    "Examples with right labels for the method meta: folder:PATH or npz:PATH; none takes "
    "them out of a training set whose labels are known to be right.",
  )
  noise: str = _setting("symmetric", ranges.TEXT, f"Label noise: {noise.KINDS}.")
  noise_rate: float = _setting(
    0.0,
    ranges.FRACTION,
    "Share of wrong training labels as the noise defines it, in [0, 1).",
  )
  noise_sampling: str = _setting(
    "published",
    ranges.TEXT,
    f"How labels are drawn from a transition matrix: {', '.join(label_noise.SAMPLINGS)}.",
  )
  noise_seed: int = _setting(
    0, ranges.SEED, "Seed of noise and imbalance, apart from the training's."
  )
  model: str = _setting("mlp", ranges.TEXT, f"Network: {', '.join(models.NAMES)}.")
  widths: tuple[int, ...] = _setting(
    (1024, 1024), ranges.WIDTHS, "Units of the MLP's hidden layers."
  )
  initialization: str = _setting(
    "own",
    ranges.one_of("own", *INITIALIZERS),
    f"How weights are drawn: {', '.join(INITIALIZERS)}; own: as in the network's code.",
  )
  init_from: str = _setting(
    _NONE,
    ranges.TEXT,
    "Workdir of a run of the same network and classes, whose weights to begin with; none "
    "draws new ones.",
  )
  compute_dtype: str = _setting(
    "float32",
    ranges.one_of("float32", "bfloat16"),
    "What the network computes in: float32 or bfloat16; parameters are float32.",
  )
  augmentation: str = _setting(
    "none",
    ranges.TEXT,
    f"Transformations of training images: {', '.join(augmentation.PROTOCOLS)} as "
    f"published, or names of {', '.join(augmentation.TRANSFORMATIONS)} joined by +, "
    "applied in that order.",
  )
  epochs: int = _setting(10, ranges.COUNT, "Passes over the training set.")
  batch_size: int = _setting(
    128,
    ranges.COUNT,
    "Examples per step, over all devices; what fills no batch is left out of the epoch.",
  )
  accumulation: int = _setting(
    1,
    ranges.COUNT,
    "Parts of a batch that are gone through one after the other, to save memory.",
  )
  learning_rate: float = _setting(0.1, ranges.POSITIVE, "Learning rate of the first step.")
  schedule: str = _setting(
    "cosine", ranges.TEXT, f"How the learning rate falls: {optimizer.SCHEDULES}."
  )
  momentum: float = _setting(0.9, ranges.FRACTION, "Momentum of SGD, in [0, 1).")
  nesterov: bool = _setting(False, ranges.FLAG, "Whether the momentum is Nesterov's.")
  clip_norm: float = _setting(
    5.0, ranges.NOT_NEGATIVE, "Largest global norm of the gradient; 0 clips nothing."
  )
  weight_decay: float = _setting(
    1e-4, ranges.NOT_NEGATIVE, "L2 decay, added to the clipped gradient."
  )
  l1: float = _setting(
    0.0,
    ranges.NOT_NEGATIVE,
    "Factor of the L1 norm of all parameters, whose gradient joins the loss's.",
  )
  average_decay: float = _setting(
    0.0,
    ranges.FRACTION,
    "Decay of a moving average of the weights, to measure with; 0: none.",
  )
  seed: int = _setting(
    0,
    ranges.SEED,
    "Seed of the initialisation, the order of examples and their augmentation.",
  )

  def __post_init__(self):
    for field in dataclasses.fields(self):
      value, valid = getattr(self, field.name), field.metadata["valid"]
      if not valid.holds(value):
        raise ValueError(f"{field.name}: {value!r}, must be {valid.text}")
    models.check_name(self.model)
    self._check_parts()

  def _check_parts(self):
    parts = self.parts
    if parts.data.clean is not None and not parts.method.num_clean:
      raise ValueError(
        f"clean: {self.clean}, must be none with method {self.method}, which uses none"
      )
    objective.check(parts.objective)
    label_noise.check(parts.noise, parts.data.name)

  @functools.cached_property
  def parts(self) -> Parts:
    """The settings, parsed."""
    loss, method = losses.parse(self.loss), methods.parse(self.method)
    augmented = data.parse_augmentation(self.augmentation)
    return Parts(
      DataSettings(
        name=data.parse_name(self.dataset),
        image_size=self.image_size or None,
        on_bad_image=self.on_bad_image,
        max_memory_gb=self.max_memory_gb,
        extra_test=data.parse_extra_test(self.extra_test),
        imbalance=data.parse_imbalance(self.imbalance),
        clean=data.parse_clean(self.clean),
      ),
      NoiseSettings(
        kind=noise.parse(self.noise),
        rate=self.noise_rate,
        sampling=self.noise_sampling,
        seed=self.noise_seed,
      ),
      ObjectiveSettings(
        loss=loss,
        correction=objective.parse_correction(self.correction),
        logit_clip=self.logit_clip,
        logit_bias=self.logit_bias,
        bias_schedule=self.bias_schedule,
        q_schedule=self.q_schedule,
        is_augmented=bool(augmented.names),
      ),
      NetworkSettings(
        model=self.model,
        widths=self.widths,
        initialization=None if self.initialization == "own" else self.initialization,
        compute_dtype=self.compute_dtype,
        init_from=None if self.init_from == _NONE else self.init_from,
      ),
      OptimizerSettings(
        schedule=optimizer.parse_schedule(self.schedule),
        learning_rate=self.learning_rate,
        momentum=self.momentum,
        nesterov=self.nesterov,
        clip_norm=self.clip_norm,
        weight_decay=self.weight_decay,
        l1=self.l1,
      ),
      augmented,
      method,
      method.around(loss),
    )
