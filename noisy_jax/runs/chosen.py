"""The numbers that replace auto in a config, as config.json records them."""

import math
import pathlib
import re
from collections.abc import Mapping
from typing import Any

from noisy_jax.training.objective import Objective

# Auto gives 3 decimals, or 4 digits: another machine may round to the next number.
_CLOSE = 2e-3
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def of_objective(objective: Objective) -> dict[str, Any]:
  """The loss and the logit bias of an objective, with numbers in place of auto.

  Args:
    objective: the objective of a run.

  Returns:
    The entry "chosen" of config.json; its loss is text for `losses.parse`.
  """
  return {"loss": str(objective.expression), "logit_bias": objective.logit_bias}


def check(workdir: pathlib.Path, config: Mapping[str, Any], objective: Objective) -> None:
  """Refuses to go on with other numbers than a run began with.

  Args:
    workdir: directory of the run.
    config: content of its config.json; an older file has no entry "chosen".
    objective: the objective by the config now.

  Raises:
    OSError: if a number differs by more than 2 in 1000 and by more than 0.002, or if the
      text around the numbers differs.
  """
  chosen = of_objective(objective)
  recorded = config.get("chosen", chosen)
  for name, here in chosen.items():
    there = recorded.get(name) if isinstance(recorded, dict) else None
    if not _agree(str(there), str(here)):
      raise OSError(
        f"workdir: {workdir} began with {name} {there}, and {here} is chosen now; choose "
        "another workdir, or go on with the versions that versions.json names"
      )


def _agree(one, other):
  if _NUMBER.split(one) != _NUMBER.split(other):
    return False
  pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
  return all(
    math.isclose(float(a), float(b), rel_tol=_CLOSE, abs_tol=_CLOSE) for a, b in pairs
  )
