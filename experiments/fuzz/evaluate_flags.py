"""Malformed flags of evaluate, for a workdir that is sound.

Accepted means that it prints the line of the unchanged command.
"""

import pathlib
import random
from collections.abc import Iterator

from experiments.fuzz.cases import ODD_PLACES, ODD_TEXTS, Case, mutated


def evaluate_cases(
  rng: random.Random, count: int, workdir: pathlib.Path, line: str
) -> Iterator[Case]:
  """Flags of evaluate for a good workdir."""
  file = workdir / "predictions.csv"
  values = {
    "workdir": [*ODD_PLACES, str(workdir / "config.json"), str(workdir.parent)],
    "checkpoint": [*ODD_TEXTS, "LAST", "best,last"],
    "dataset": [
      *ODD_TEXTS,
      "digits10",
      "npz:",
      f"npz:{workdir}/labels.npz",
      "folder:/",
      "cifar10",
    ],
    "split": [*ODD_TEXTS, "Test", "val"],
    "images": [
      *ODD_PLACES[:1],
      *ODD_PLACES[3:],
      str(workdir),
      str(workdir / "config.json"),
    ],
    "predictions": [x for x in ODD_PLACES if x != "-"] + [str(workdir)],
  }
  choices = [(name, value) for name, of_name in values.items() for value in of_name]
  for name, value in rng.sample(choices, min(count * 2 // 3, len(choices))):
    flags = [f"--workdir={workdir}", f"--{name}={value}"]
    names = (name, "split" if name == "images" else name)
    problem = _same_line(line, name)
    yield Case("experiments.evaluate", flags, f"--{name}={value[:60]!r}", names, problem)
  good = {"checkpoint": "best", "split": "test", "predictions": str(file)}
  for _ in range(count - min(count * 2 // 3, len(choices))):
    name = rng.choice(list(good))
    value = mutated(rng, good[name]) if name != "predictions" else str(workdir / "a/b.csv")
    flags = [f"--workdir={workdir}", f"--{name}={value}".replace("\0", "")]
    problem = _same_line(line, name)
    yield Case("experiments.evaluate", flags, f"--{name}={value[-40:]!r}", (name,), problem)


def _same_line(line, name):
  def problem(answer):
    # Where nothing was asked for, or help: an empty value is none.
    same = answer.out == line or (name == "checkpoint" and "accuracy" in answer.out)
    return None if same else f"printed {answer.out[:100]!r}, not {line!r}"

  return problem
