"""The rule behind `recommend`: what to train by, from K, the noise and the epochs.

  * No wrong labels, or fewer than `LONG` epochs: cross-entropy.
  * Labels that become one other class, as pair flips do: ELR around cross-entropy.
  * Symmetric noise on more than `FEW` classes, or any other on more than `MANY`: a bias
    that fades, around GCE; around MAE where more than half of the labels are wrong.
  * All else, noise of an unknown kind too: MARVEL+ around cross-entropy.

It is this library's own. docs/choosing.md has what it loses in every cell that was run.
"""

import numbers

from noisy_jax.analysis.evidence import CONSTANT, FADING, Setting
from noisy_jax.noise import parse

LONG = 12
"""Epochs from which networks memorise wrong labels, of 40,000 images or so.

After 10 epochs on 1000 classes with 60 % symmetric noise cross-entropy was 2 points ahead
of a bias that fades, and behind it from 16 on (experiments/results/demo).
"""
FEW = 10
"""Up to so many classes no loss needs a bias."""
MANY = 100
"""The largest number of classes that methods were run on."""

CLEAN, SYMMETRIC, CONFUSED, HUMAN, UNKNOWN = (
  "clean",
  "symmetric",
  "confused",
  "human",
  "unknown",
)
"""Families of noise; under `CONFUSED` a wrong label is one other class."""

FAMILIES = {
  "symmetric": SYMMETRIC,
  "symmetric_including_true": SYMMETRIC,
  "pairflip": CONFUSED,
  "asymmetric": CONFUSED,
  "human": HUMAN,
}
"""By the name of a kind of noise; any other counts as unknown."""

_CROSS_ENTROPY = Setting("ce")


def family(noise: str | None, noise_rate: float | None) -> str:
  """The family of a noise.

  Args:
    noise: its kind, as `noise.parse` takes it, or human; None if nobody knows.
    noise_rate: share of wrong labels; None if nobody knows.

  Returns:
    `CLEAN` for a rate of 0; that of the kind otherwise.

  Raises:
    ValueError: as `noise.parse`, or if the rate is not in [0, 1).
    TypeError: if the kind is no text, or the rate no number.
  """
  if noise_rate is not None:
    if not isinstance(noise_rate, numbers.Real) or isinstance(noise_rate, bool):
      raise TypeError(f"noise_rate: {noise_rate!r}, must be a number in [0, 1)")
    if not 0 <= noise_rate < 1:
      raise ValueError(f"noise_rate: {noise_rate}, must be in [0, 1)")
  known = UNKNOWN if noise is None else _of_kind(noise)
  return CLEAN if noise_rate == 0 else known


def choose(
  num_classes: int, family: str, noise_rate: float | None, is_short: bool
) -> tuple[Setting, str]:
  """What to train by, and why.

  Args:
    num_classes: K.
    family: of the noise.
    noise_rate: share of wrong labels; None if nobody knows.
    is_short: whether there are fewer than `LONG` epochs.

  Returns:
    The setting and sentences for a person, which say nothing of the bias.
  """
  if family == CLEAN:
    return _CROSS_ENTROPY, (
      "No label is wrong, and cross-entropy, which trusts every label, learns fastest."
    )
  if is_short:
    return _CROSS_ENTROPY, (
      f"Fewer than {LONG} epochs are too few to memorise many wrong labels, and "
      "cross-entropy learns fastest, or nearly so, on any number of classes."
    )
  if family == CONFUSED:
    return Setting("ce", method="elr"), (
      "Where labels become one other class, that class is likely too, and a loss by itself "
      "follows it. Early-learning regularisation holds the network to what it predicted "
      "early."
    )
  if num_classes > (FEW if family == SYMMETRIC else MANY):
    return _fading(noise_rate)
  return Setting("ce", method="marvel_plus"), (
    "MARVEL+ abandons labels that the network does not come to believe, whatever they "
    "became. It is our reading of an abstract, and costs a few per cent of time."
  )


def choose_loss(
  num_classes: int, family: str, noise_rate: float | None
) -> tuple[Setting, str]:
  """As `choose` where that has a method, without one."""
  if num_classes <= FEW:
    return Setting("gce"), (
      "Of losses by themselves GCE is first, or level with the first, on few classes."
    )
  if family == CONFUSED:
    return Setting("nce + agce", CONSTANT), (
      "Where labels become one other class, a loss by itself gains little, this sum most."
    )
  return _fading(noise_rate)


def _of_kind(noise):
  if not isinstance(noise, str):
    raise TypeError(f"noise: {noise!r}, must be a kind of noise such as 'symmetric'")
  # Which people's labels are meant does not matter: human alone will do.
  return FAMILIES.get(noise if noise in FAMILIES else parse(noise).name, UNKNOWN)


def _fading(rate):
  if rate is not None and rate > 0.5:
    return Setting("mae", FADING), (
      "A bounded loss resists wrong labels, and MAE bears more of them than GCE, which "
      "tells where more than half are wrong."
    )
  return Setting("gce", FADING), (
    "A bounded loss resists wrong labels. While no more than half are wrong, GCE learns "
    "more than MAE."
  )
