"""Grids ready to run, in the same form as a user's YAML file.

A grid is the product of its data sets, kinds of noise, losses and seeds:

    settings: {widths: [512, 512], epochs: 40}  # fields of TrainConfig, for all runs
    datasets: [digits100, digits1000]
    noise: [clean, symmetric 0.4]               # a kind of noise and its rate
    losses:                                     # a name, and an expression or settings
      CE: ce
      MAE*: {loss: mae, logit_bias: auto}
    seeds: 5                                    # 0 to 4; or a list

A star marks the automatic logit bias, which follows from the number of classes, as does the
hyperparameter of "GCE, q from K"; "fading" marks the same bias, which falls to 0 by a rule
of this library. None of these is tuned to the data. The grids also have losses with their
defaults, or with hyperparameters that papers tuned to a data set.
"""

from collections.abc import Mapping
from typing import Any

from noisy_jax.sweeps import paper_grids, published_losses
from noisy_jax.sweeps.paper_grids import star

_LEARNING = {
  "CE": "ce",
  "MAE": "mae",
  "MAE*": star("mae"),
  "GCE": "gce",
  "GCE*": star("gce"),
  "GCE, q from K": "gce(q=auto)",
  "NCE+AGCE": "nce + agce",
  "NCE+AGCE*": star("nce + agce"),
  "bi-tempered": "bi_tempered",
}

# A bias that fades, or q that rises: this library's own, by one rule for all data sets.
_FADING = {
  f"{name}, fading": star(expression) | {"bias_schedule": "fading"}
  for name, expression in (("MAE", "mae"), ("GCE", "gce"))
}
_FADING["GCE, q rising"] = {"loss": "gce(q=auto)", "q_schedule": "rising"}
# Losses without a bias, with a constant bias, and with a bias that fades.
_BIASES = {name: _LEARNING[name] for name in ("CE", "MAE", "MAE*", "GCE", "GCE*")} | _FADING

# Methods around cross-entropy; meta learns q of GCE, and the bias of MAE from 0.
_METHODS = {
  "CE": "ce",
  "SR": {"loss": "ce", "method": "sr"},
  "ELR": {"loss": "ce", "method": "elr"},
  "CAR": {"loss": "ce", "method": "car"},
  "MARVEL": {"loss": "ce", "method": "marvel"},
  "MARVEL+": {"loss": "ce", "method": "marvel_plus"},
  "GCE": "gce",
  "GCE, meta": {"loss": "gce", "method": "meta"},
  "MAE": "mae",
  "MAE*": star("mae"),
  "MAE, meta": {"loss": "mae", "method": "meta"},
}
_MEMORISING = dict(widths=(512, 512), epochs=40)
# Two hidden layers on CIFAR-10, with the learning rate of the published recipe: with 0.1
# the MLP that learns digits hardly learns these images.
_MLP = dict(widths=(256, 256), epochs=30, learning_rate=0.01)
# The convolutional network that two CPU cores can train, chosen by clean labels alone.
_SMALL = dict(model="cnn5", epochs=30, augmentation="crop+flip", weight_decay=5e-4)
_THREE_KINDS = ["symmetric 0.4", "asymmetric 0.4", "human:worse"]
_ON_CIFAR100 = ["symmetric 0.4", "human:noisy", "symmetric 0.6"]
_ON_CIFAR100 += ["asymmetric:cifar100_superclass 0.4"]
# Digits have no map of classes that people mix up, so pairflip takes its place.
_ON_DIGITS = [*(f"symmetric {rate}" for rate in (0.2, 0.4, 0.6, 0.8)), "pairflip 0.4"]

# The sums have the hyperparameters that papers tuned to CIFAR-10.
_SUMS_ON_CIFAR10 = {
  "CE": "ce",
  "MAE": "mae",
  **{
    name: str(published_losses.published_by("eps", paper_grids.PUBLISHED[name], "cifar10"))
    for name in ("GCE", "NCE+RCE", "NCE+AGCE")
  },
}

# On two CPU cores, busy with other things too, `classes` took 1.9 hours, by the seconds in
# its runs.jsonl.
GRIDS: dict[str, Mapping[str, Any]] = {
  # Accuracy against the number of classes: the images are the same for all numbers that
  # divide 1000.
  "classes": dict(
    settings=dict(widths=(512, 512), epochs=6),
    datasets=[f"digits{count}" for count in (10, 32, 100, 316, 1000)],
    noise=["symmetric 0.4"],
    losses=_LEARNING,
    seeds=5,
  ),
  # Long enough for cross-entropy to memorise wrong labels.
  "digits100": dict(
    settings=_MEMORISING,
    datasets=["digits100"],
    noise=_ON_DIGITS,
    # Up to 100 classes, q from K is the default.
    losses={
      **{name: of for name, of in _LEARNING.items() if name != "GCE, q from K"},
      **_FADING,
      "NCE+AGCE, fading": star("nce + agce") | {"bias_schedule": "fading"},
    },
    seeds=5,
  ),
  "digits1000": dict(
    settings=_MEMORISING,
    datasets=["digits1000"],
    noise=_ON_DIGITS,
    losses=_LEARNING | _FADING,
    seeds=5,
  ),
  # A test of the fading bias, whose rule was chosen on digits100 and digits1000.
  "fading": dict(
    settings=_MEMORISING,
    datasets=["digits200", "digits500"],
    noise=["symmetric 0.4", "symmetric 0.6"],
    losses=_BIASES,
    seeds=3,
  ),
  "fading_cifar100": dict(
    settings=dict(widths=(512, 512), epochs=30, learning_rate=0.02),
    datasets=["cifar100"],
    noise=_ON_CIFAR100,
    losses=_BIASES,
    seeds=3,
  ),
  # The rate from which a constant bias no longer bears noise, to compare with the theory.
  "rates100": dict(
    settings=_MEMORISING,
    datasets=["digits100"],
    noise=[f"symmetric {rate}" for rate in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)],
    losses={name: _BIASES[name] for name in ("MAE*", "MAE, fading")},
    seeds=3,
  ),
  "rates1000": dict(
    settings=_MEMORISING,
    datasets=["digits1000"],
    noise=[
      "clean",
      *(f"symmetric {rate}" for rate in (0.02, 0.05, 0.1, 0.2, 0.4, 0.6)),
    ],
    losses={name: _BIASES[name] for name in ("MAE*", "MAE, fading")},
    seeds=3,
  ),
  # Pair flips, under a bias that fades and around methods that are known to help.
  "fading_pairflip": dict(
    settings=_MEMORISING,
    datasets=["digits100"],
    noise=["pairflip 0.4"],
    losses={
      f"{name}{bias}": settings | {"method": method}
      for name, method in (
        ("MAE", "none"),
        ("MAE, ELR", "elr"),
        ("MAE, MARVEL+", "marvel_plus"),
      )
      for bias, settings in (
        ("", {"loss": "mae"}),
        ("*", star("mae")),
        (", fading", _FADING["MAE, fading"]),
      )
    },
    seeds=3,
  ),
  # Methods beside plain losses, under the noise of `digits100`.
  "methods": dict(
    settings=_MEMORISING,
    datasets=["digits100"],
    noise=["symmetric 0.4", "pairflip 0.4"],
    losses=_METHODS,
    seeds=3,
  ),
  "methods_cifar10": dict(
    settings=_MLP,
    datasets=["cifar10"],
    noise=_THREE_KINDS,
    # MAE* is MAE on ten classes.
    losses={name: of for name, of in _METHODS.items() if name != "MAE*"},
    seeds=3,
  ),
  # Whether the bias that meta learns from 0 comes near the calibrated one.
  "meta_bias": dict(
    settings=dict(widths=(512, 512), epochs=20),
    datasets=["digits1000"],
    noise=["symmetric 0.4"],
    losses={"MAE*": star("mae"), "MAE, meta": {"loss": "mae", "method": "meta"}},
    seeds=3,
  ),
  # Small networks for few epochs, as the papers' protocol is out of reach of two CPU cores.
  "cifar10_mlp": dict(
    settings=_MLP,
    datasets=["cifar10"],
    noise=_THREE_KINDS,
    losses=_SUMS_ON_CIFAR10,
    seeds=3,
  ),
  "cifar10_small": dict(
    settings=_SMALL,
    datasets=["cifar10"],
    noise=["symmetric 0.4", "human:worse"],
    losses=_SUMS_ON_CIFAR10 | {"bi-tempered": "bi_tempered"},
    seeds=3,
  ),
  "fashion_mnist_small": dict(
    settings=_SMALL,
    datasets=["fashion_mnist"],
    noise=["symmetric 0.4"],
    losses=_SUMS_ON_CIFAR10 | {"bi-tempered": "bi_tempered"},
    seeds=3,
  ),
  # A hundred classes of photographs. At 100 classes q from K is the default.
  "cifar100_small": dict(
    settings=_SMALL,
    datasets=["cifar100"],
    noise=[*_ON_CIFAR100, "clean"],
    losses={
      **{name: of for name, of in _BIASES.items() if name != "GCE, q rising"},
      "NCE+AGCE": "nce + agce",
      "NCE+AGCE*": star("nce + agce"),
      "AGCE": "agce",
      "bi-tempered": "bi_tempered",
      "ELR": {"loss": "ce", "method": "elr"},
      "MARVEL+": {"loss": "ce", "method": "marvel_plus"},
    },
    seeds=3,
  ),
  **paper_grids.GRIDS,
}
