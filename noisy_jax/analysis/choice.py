"""The rule behind `recommend`: loss, bias and method from K, the noise and the epochs.

  * No wrong labels, or a network that does not come to fit them, as in fewer than `LONG`
    epochs: cross-entropy.
  * Wrong labels that are one other class, as in pair flips: ELR around cross-entropy.
  * Symmetric noise on more than `FEW` classes, or any other noise on more than `MANY`: GCE
    with a fading bias; MAE with it if more than half of the labels are wrong.
  * All other cases, also unknown noise: MARVEL+ around cross-entropy.

The rule is this library's own. docs/choosing.md compares it with the best result of every
cell.
"""

import numbers

from noisy_jax.analysis import evidence
from noisy_jax.analysis.evidence import CONSTANT, FADING, Cell, Setting
from noisy_jax.noise import parse

LONG = 12
"""Number of epochs, of about 40,000 images, from which networks memorise wrong labels.

With 60 % symmetric noise on 1000 classes, cross-entropy was 2 points ahead of a fading bias
after 10 epochs, and behind it from 16 on (experiments/results/demo).
"""
FEW = 10
"""The largest number of classes on which no loss needs a bias."""
MANY = 100
"""The largest number of classes on which we ran methods other than `meta`."""

CLEAN, SYMMETRIC, CONFUSED = "clean", "symmetric", "confused"
HUMAN, UNKNOWN = "human", "unknown"
"""Families of noise; under `CONFUSED` the wrong labels of a class are one other class."""

FAMILIES = {
  "symmetric": SYMMETRIC,
  "symmetric_including_true": SYMMETRIC,
  "pairflip": CONFUSED,
  "asymmetric": CONFUSED,
  "human": HUMAN,
}
"""Name of a kind of noise to its family; any other kind counts as unknown."""

_CROSS_ENTROPY = Setting("ce")


def family(noise: str | None, noise_rate: float | None) -> str:
  """The family of a noise: `CLEAN` for a rate of 0, else by its kind.

  Raises the errors of `recommend` for the noise and its rate.
  """
  if noise_rate is not None:
    if not isinstance(noise_rate, numbers.Real) or isinstance(noise_rate, bool):
      raise TypeError(f"noise_rate: {noise_rate!r}, must be a number in [0, 1)")
    if not 0 <= noise_rate < 1:
      raise ValueError(f"noise_rate: {noise_rate}, must be in [0, 1)")
  known = UNKNOWN if noise is None else _of_kind(noise)
  return CLEAN if noise_rate == 0 else known


def memorises(cell: Cell) -> bool:
  """Whether cross-entropy came to fit wrong labels in a cell of the evidence.

  It did not in fewer than `LONG` epochs, or where its training accuracy ended below the
  share of right labels; without a training accuracy we suppose that it did.
  """
  plain = evidence.by_setting(cell).get(_CROSS_ENTROPY)
  if plain is None or plain.train_accuracy is None:
    return cell.epochs >= LONG
  return cell.epochs >= LONG and plain.train_accuracy >= 1 - cell.noise_rate


def choose(
  num_classes: int, family: str, noise_rate: float | None, memorises: bool
) -> tuple[Setting, str]:
  """The setting to train by, and the reason, without the bias, in sentences.

  `noise_rate` is None if it is unknown; `memorises` says whether cross-entropy would come
  to fit wrong labels.
  """
  if family == CLEAN:
    return _CROSS_ENTROPY, (
      "No label is wrong, and cross-entropy, which trusts every label, learns fastest."
    )
  if not memorises:
    return _CROSS_ENTROPY, (
      "A network that does not come to fit wrong labels, as in fewer than "
      f"{LONG} epochs, learns fastest from cross-entropy, or nearly so, on any number of "
      "classes."
    )
  if family == CONFUSED:
    return Setting("ce", method="elr"), (
      "If the wrong labels of a class are one other class, that class is likely too, and a "
      "loss by itself learns it. Early-learning regularisation keeps the network near its "
      "early predictions."
    )
  if num_classes > (FEW if family == SYMMETRIC else MANY):
    return _fading(noise_rate)
  return Setting("ce", method="marvel_plus"), (
    "MARVEL+ abandons labels that the network does not come to believe, under any noise. "
    "It is our reading of an abstract, and costs a few per cent of time."
  )


def choose_loss(
  num_classes: int, family: str, noise_rate: float | None
) -> tuple[Setting, str]:
  """`choose` without a method, for cases in which `choose` has one."""
  if num_classes <= FEW:
    return Setting("gce"), (
      "Of losses without a method, GCE is first, or level with the first, on few classes."
    )
  if family == CONFUSED:
    return Setting("nce + agce", CONSTANT), (
      "If the wrong labels of a class are one other class, losses without a method gain "
      "little. This sum gains most."
    )
  return _fading(noise_rate)


def _of_kind(noise):
  if not isinstance(noise, str):
    raise TypeError(f"noise: {noise!r}, must be a kind of noise such as 'symmetric'")
  # "human" alone stands for any labels of people.
  return FAMILIES.get(noise if noise in FAMILIES else parse(noise).name, UNKNOWN)


def _fading(rate):
  if rate is not None and rate > 0.5:
    return Setting("mae", FADING), (
      "A bounded loss resists wrong labels. MAE bears more of them than GCE, which matters "
      "if more than half are wrong."
    )
  return Setting("gce", FADING), (
    "A bounded loss resists wrong labels. If at most half are wrong, GCE learns more than "
    "MAE."
  )
