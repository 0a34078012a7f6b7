"""The config of a run: every setting that changes its numbers, checked on creation."""

import dataclasses
import functools
from typing import Any

from noisy_jax import data, losses, methods, models, noise
from noisy_jax.data import augmentation
from noisy_jax.data.folder import ON_BAD_IMAGE
from noisy_jax.models.initializers import INITIALIZERS
from noisy_jax.training import (
  label_noise,
  objective,
  optimizer,
  ranges,
  several_labels,
  weights,
)
from noisy_jax.training.datasets import DataSettings
from noisy_jax.training.label_noise import NoiseSettings
from noisy_jax.training.network import NetworkSettings
from noisy_jax.training.objective import ObjectiveSettings
from noisy_jax.training.optimizer import OptimizerSettings
from noisy_jax.training.parts import Parts

_NONE = "none"


def _setting(default: Any, valid: ranges.Range, help: str) -> Any:
  return dataclasses.field(default=default, metadata={"valid": valid, "help": help})


@dataclasses.dataclass(frozen=True)
class TrainConfig:
  """The settings of a training run, without the places of its data and results.

  Each field is a flag of experiments/train.py, with the text beside it as help.

  Raises:
    ValueError: if a value is unknown or out of range, naming the field, the value and what
      would be right.

  Example:
    >>> config = TrainConfig(dataset="digits1000", loss="mae", logit_bias="auto")
    >>> config.parts.data.name.source
    'digits'
  """

  dataset: str = _setting(
    "digits100",
    ranges.TEXT,
    "Data set: digits2 ... digits1000, folder:PATH, npz:FILE, npy:DIR, or a name in "
    "TensorFlow Datasets (TFDS), such as cifar10.",
  )
  image_size: int = _setting(
    0, ranges.SIZE, "Height and width to scale images to; 0 keeps their size."
  )
  on_bad_image: str = _setting(
    "fail",
    ranges.one_of(*ON_BAD_IMAGE),
    "Response to an unreadable file in a folder: fail ends the run; skip leaves it out.",
  )
  max_memory_gb: float = _setting(
    4.0,
    ranges.NOT_NEGATIVE,
    "Memory for decoded images, in GB. A folder or TFDS set that needs more is streamed, "
    "in 224 by 224 pixels; 0 streams all of them.",
  )
  extra_test: str = _setting(
    "none",
    ranges.TEXT,
    "Second test set of a streamed run, NAME:SPLIT in TFDS, such as "
    "webvision_imagenet/mini:validation.",
  )
  labels: str = _setting(
    "none",
    ranges.TEXT,
    "CSV file of corrected labels, with the columns id and label; an empty label leaves "
    "the example out.",
  )
  imbalance: str = _setting(
    "none",
    ranges.TEXT,
    "Long tail to thin the classes to: exp:R leaves the first class R times the last.",
  )
  validation: str = _setting(
    "none",
    ranges.TEXT,
    "Share of training examples held out to choose the best epoch, so that the test set "
    "is measured at the end alone: 0.1; or 0.1:clean, with labels before the noise.",
  )
  class_weights: str = _setting(
    "none",
    ranges.TEXT,
    "Weights of the classes in the loss: balanced, in inverse proportion to their labels; "
    "or a .npy or .csv file of K numbers.",
  )
  example_weights: str = _setting(
    "none",
    ranges.TEXT,
    "Weights of the training examples in the loss: a .npy file in their order, or a .csv "
    "file with the columns id and weight.",
  )
  loss: str = _setting(
    "ce",
    ranges.TEXT,
    f"Loss: {', '.join(losses.NAMES)}; a weighted sum, '10*nce + agce(a=6, q=1.5)'; or "
    "with q from the number of classes, gce(q=auto).",
  )
  correction: str = _setting(
    "none",
    ranges.TEXT,
    "Correction of cross-entropy by a transition matrix in a .npy or .csv file: "
    f"{objective.CORRECTIONS}.",
  )
  logit_clip: float = _setting(
    0.0, ranges.NOT_NEGATIVE, "Largest norm of the logits inside the loss; 0: no clipping."
  )
  logit_bias: float | str = _setting(
    0.0,
    ranges.BIAS,
    "Number added to the labelled logit inside the loss; auto computes it from the number "
    "of classes.",
  )
  bias_schedule: str = _setting(
    "constant",
    ranges.one_of(objective.CONSTANT, objective.FADING),
    "Schedule of the logit bias: constant, as in the paper; fading, a fall to 0 that "
    "follows from its size and the number of steps, this library's own rule.",
  )
  q_schedule: str = _setting(
    "constant",
    ranges.one_of(objective.CONSTANT, objective.RISING),
    "Schedule of the q of gce: constant; rising, to 1, where gce is mae.",
  )
  method: str = _setting(
    "none",
    ranges.TEXT,
    f"Training method around the loss: none, {', '.join(methods.NAMES)}; hyperparameters "
    "go in brackets, elr(lam=7, beta=0.9).",
  )
  clean: str = _setting(
    "none",
    ranges.TEXT,
    "Examples with right labels, for the method meta: folder:PATH or npz:FILE; none takes "
    "them from the training set, whose labels must be known to be right.",
  )
  noise: str = _setting("symmetric", ranges.TEXT, f"Label noise: {noise.KINDS}.")
  noise_rate: float = _setting(
    0.0,
    ranges.FRACTION,
    "Share of wrong training labels, in [0, 1), as the kind of noise defines it.",
  )
  noise_sampling: str = _setting(
    "published",
    ranges.TEXT,
    f"Way to draw labels from a transition matrix: {', '.join(label_noise.SAMPLINGS)}.",
  )
  noise_seed: int = _setting(
    0, ranges.SEED, "Seed of the noise and the imbalance, apart from --seed."
  )
  model: str = _setting("mlp", ranges.TEXT, f"Network: {', '.join(models.NAMES)}.")
  widths: tuple[int, ...] = _setting(
    (1024, 1024), ranges.WIDTHS, "Units of the MLP's hidden layers."
  )
  initialization: str = _setting(
    "own",
    ranges.one_of("own", *INITIALIZERS),
    f"Initial weights: {', '.join(INITIALIZERS)}; own: as the network's code draws them.",
  )
  init_from: str = _setting(
    _NONE,
    ranges.TEXT,
    "Workdir of a run of the same network and classes, to begin with its weights; none "
    "draws new weights.",
  )
  compute_dtype: str = _setting(
    "float32",
    ranges.one_of("float32", "bfloat16"),
    "Number format of the network's computations: float32 or bfloat16. Parameters stay "
    "float32.",
  )
  augmentation: str = _setting(
    "none",
    ranges.TEXT,
    f"Transformations of training images: {', '.join(augmentation.PROTOCOLS)} as "
    f"published, or {', '.join(augmentation.TRANSFORMATIONS)}, joined by + in their order; "
    f"{' or '.join(augmentation.MIXINGS)} at the end mixes images: crop+mixup(alpha=8).",
  )
  epochs: int = _setting(10, ranges.COUNT, "Passes over the training set.")
  batch_size: int = _setting(
    128,
    ranges.COUNT,
    "Examples per step, over all devices. An epoch leaves out the last examples where they "
    "do not fill a batch.",
  )
  accumulation: int = _setting(
    1,
    ranges.COUNT,
    "Number of parts that a batch is split into and computed in turn, to save memory.",
  )
  learning_rate: float = _setting(0.1, ranges.POSITIVE, "Learning rate of the first step.")
  schedule: str = _setting(
    "cosine", ranges.TEXT, f"Schedule of the learning rate: {optimizer.SCHEDULES}."
  )
  momentum: float = _setting(0.9, ranges.FRACTION, "Momentum of SGD, in [0, 1).")
  nesterov: bool = _setting(False, ranges.FLAG, "Whether SGD uses Nesterov's momentum.")
  clip_norm: float = _setting(
    5.0, ranges.NOT_NEGATIVE, "Largest global norm of the gradient; 0: no clipping."
  )
  weight_decay: float = _setting(
    1e-4, ranges.NOT_NEGATIVE, "Factor of the L2 decay, added to the clipped gradient."
  )
  l1: float = _setting(
    0.0, ranges.NOT_NEGATIVE, "Factor of the L1 norm of all parameters, added to the loss."
  )
  average_decay: float = _setting(
    0.0,
    ranges.FRACTION,
    "Decay of a moving average of the weights, which is evaluated in their place; 0: none.",
  )
  seed: int = _setting(
    0,
    ranges.SEED,
    "Seed of the initial weights, the order of examples and their augmentation.",
  )

  def __post_init__(self):
    for field in dataclasses.fields(self):
      value, valid = getattr(self, field.name), field.metadata["valid"]
      if not valid.holds(value):
        raise ValueError(f"{field.name}: {value!r}, must be {valid.text}")
    models.check_name(self.model)
    parts = self.parts
    if parts.data.clean is not None and not parts.method.num_clean:
      raise ValueError(
        f"clean: {self.clean}, must be none with method {self.method}, which uses none"
      )
    objective.check(parts.objective)
    label_noise.check(parts.noise, parts.data.name)
    several_labels.check(
      parts.augmentation, parts.noise.kind, parts.objective, parts.method_spec, parts.method
    )

  @functools.cached_property
  def parts(self) -> Parts:
    """The settings, parsed and in groups."""
    loss, method = losses.parse(self.loss), methods.parse(self.method)
    augmented = data.parse_augmentation(self.augmentation)
    return Parts(
      DataSettings(
        name=data.parse_name(self.dataset),
        image_size=self.image_size or None,
        on_bad_image=self.on_bad_image,
        max_memory_gb=self.max_memory_gb,
        extra_test=data.parse_extra_test(self.extra_test),
        labels=data.parse_labels(self.labels),
        imbalance=data.parse_imbalance(self.imbalance),
        clean=data.parse_clean(self.clean),
        validation=data.parse_validation(self.validation),
      ),
      NoiseSettings(
        kind=noise.parse(self.noise),
        rate=self.noise_rate,
        sampling=self.noise_sampling,
        seed=self.noise_seed,
      ),
      weights.parse(self.class_weights, self.example_weights),
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
