"""Malformed texts for the library's entry points: losses, noise, settings and the like.

Accepted means that the check in `probe` holds: a loss parses to the same from its own text
and evaluates to the weighted sum of its terms, noise has the rate that was asked for, and
so on.
"""

import functools
import json
import random
from collections.abc import Iterator, Sequence

from experiments.fuzz.cases import ODD_VALUES, Answer, Case, changed_json, texts
from experiments.fuzz.loss_texts import BAD_LOSSES, LOSSES
from experiments.fuzz.setting_texts import (
  AUGMENTATIONS,
  BAD_AUGMENTATIONS,
  BAD_DATASETS,
  BAD_IMBALANCES,
  BAD_NOISES,
  BAD_SCHEDULES,
  DATASETS,
  IMBALANCES,
  NOISES,
  RATES,
  SCHEDULES,
  VALID_SETTINGS,
)

PROBE = "experiments.fuzz.probe"


def accepted(answer: Answer) -> str | None:
  """What is wrong with how a probe ended that was not refused."""
  return None if answer.out == "accepted\n" else f"printed {answer.out[:80]!r}"


def _probe(what, shown, text, names, *flags) -> Case:
  return Case(PROBE, [*flags, "--", what, text], shown, names, accepted)


def _of_texts(what, names, written, valid, rng: random.Random, count: int):
  for text in texts(rng, count, written, valid):
    yield _probe(what, repr(text), text, names)


def _noise_cases(rng: random.Random, count: int) -> Iterator[Case]:
  for text in texts(rng, count, BAD_NOISES, NOISES):
    rate = rng.choice(RATES)
    names = ("noise", "instance", "rate")
    yield _probe("noise", f"{text!r} at {rate}", text, names, f"--rate={rate}")


def _settings_cases(rng: random.Random, count: int) -> Iterator[Case]:
  """Every field with odd values before random ones."""
  every = [(name, value) for name in VALID_SETTINGS for value in ODD_VALUES]
  for name, value in rng.sample(every, count // 2):
    shown = f"{name} {str(value)[:30]}"
    content = json.dumps(VALID_SETTINGS | {name: value})
    yield _probe("settings", shown, content, (name,))
  for _ in range(count - count // 2):
    fields, shown = VALID_SETTINGS, ""
    while shown[:7] in ("", "without") or shown.endswith(("renamed", "another name")):
      fields, shown = changed_json(rng, VALID_SETTINGS)
    yield _probe("settings", shown, json.dumps(fields), (shown.split()[0],))


def kinds() -> dict[str, functools.partial[Iterator[Case]]]:
  """From the name of a kind to its generator, which takes random numbers and a count."""

  def of(what: str, names: Sequence[str], written: Sequence[str], valid: Sequence[str]):
    return functools.partial(_of_texts, what, names, written, valid)

  return {
    "losses": of("loss", ("loss",), BAD_LOSSES, LOSSES),
    "settings": functools.partial(_settings_cases),
    "noise": functools.partial(_noise_cases),
    "imbalance": of("imbalance", ("imbalance",), BAD_IMBALANCES, IMBALANCES),
    "augmentation": of("augmentation", ("augmentation",), BAD_AUGMENTATIONS, AUGMENTATIONS),
    "schedule": of("schedule", ("schedule",), BAD_SCHEDULES, SCHEDULES),
    "dataset names": of(
      "dataset", ("dataset", "data_dir", "digits"), BAD_DATASETS, DATASETS
    ),
  }
