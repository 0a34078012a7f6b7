"""The finished runs of a grid, from their directories or from a runs.jsonl."""

import dataclasses
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from noisy_jax.sweeps import json_files, plan
from noisy_jax.training import TrainConfig

RESULTS = pathlib.Path(__file__).parents[2] / "experiments" / "results"
"""The reports of this repository; not part of an installed package."""

# A method's metrics of training labels, by their names in metrics.jsonl.
JUDGED = ("clean_auroc", "declared_precision", "declared_recall")
LEARNED = "learned_"
_DEFAULTS = json.loads(json.dumps(dataclasses.asdict(TrainConfig())))

_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Count = Annotated[int, msgspec.Meta(ge=1)]


class _Chosen(msgspec.Struct, forbid_unknown_fields=True):
  loss: str
  logit_bias: float


class _Config(msgspec.Struct):
  dataset: str
  model: str
  epochs: int
  noise: str
  noise_rate: float
  seed: int
  chosen: _Chosen


class _Versions(msgspec.Struct):
  devices: str
  jax: str


class _Summary(msgspec.Struct):
  test_accuracy: _Share
  best_test_accuracy: _Share
  best_epoch: _Count
  memorised: _Share | None
  num_classes: _Count
  labels_trusted: bool
  realised_noise_rate: _Share | None
  validation_accuracy: _Share | None = None


class _Needed(msgspec.Struct):
  """The fields of config.json, versions.json and summary.json that a report needs."""

  config: _Config
  versions: _Versions
  summary: _Summary


class _Epoch(msgspec.Struct):
  """The fields of a line of metrics.jsonl that a report needs."""

  test_accuracy: _Share | None
  memorised: _Share | None
  clean_auroc: _Share | None
  declared_precision: _Share | None
  declared_recall: _Share | None
  learned: dict[str, float] | None
  validation_accuracy: _Share | None = None


class _Facts(msgspec.Struct):
  content: dict[str, Any]


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
  """A finished run, a line of runs.jsonl.

  Attributes:
    dataset: the data set by its name in the grid.
    noise: the noise by its name in the grid, such as "symmetric 0.4".
    loss: the loss by its name in the grid, such as "MAE*".
    seed: the seed of the training.
    config: all settings, and under "chosen" the numbers in place of auto. A setting that is
      missing in the file is younger than the run, and gets its default.
    versions: versions of the libraries, and the devices.
    summary: the content of summary.json.
    test_accuracy: test accuracy after each epoch, a fraction; with a validation split,
      None before the last epoch.
    memorised: share of wrong training labels that are predicted after each epoch; None if
      no label is wrong.
    method: metrics of the method after each epoch, only those that it has: by the names of
      `JUDGED` its success in finding wrong labels, None where it had no verdict yet; and as
      learned_NAME the numbers that it learned.
    validation_accuracy: accuracy on the validation split after each epoch; empty without
      one.
  """

  dataset: str
  noise: str
  loss: str
  seed: int
  config: dict[str, Any]
  versions: dict[str, str]
  summary: dict[str, Any]
  test_accuracy: list[_Share | None]
  memorised: list[_Share | None]
  method: dict[str, list[float | None]]
  validation_accuracy: list[_Share] = []

  @property
  def noise_in_words(self) -> str:
    """The noise; without noise, labels that may be wrong are called as given, not clean."""
    is_known = self.noise != "clean" or self.summary["labels_trusted"]
    return self.noise if is_known else "as given"

  @property
  def by_epoch(self) -> Mapping[str, Sequence[float | None]]:
    """All metrics after each epoch, by name."""
    validation = {"validation_accuracy": self.validation_accuracy}
    return {
      "test_accuracy": self.test_accuracy,
      **(validation if self.validation_accuracy else {}),
      "memorised": self.memorised,
      **self.method,
    }


def read(place: pathlib.Path) -> list[Run]:
  """Reads finished runs from the directory of a sweep or a file.

  Args:
    place: the out_dir of a sweep, or a file from `write`.

  Returns:
    Runs in the order of the grid, at least one.

  Raises:
    OSError: if there are no runs, a file is missing or damaged, or runs that should differ
      in their seed alone have other settings too.
  """
  is_sweep = place.is_dir()
  runs = list(_of_sweep(place)) if is_sweep else json_files.read_lines(place, _parsed)
  if not runs:
    raise OSError(f"runs: {place} has no finished run")
  if len({(run.dataset, run.noise, run.loss, run.seed) for run in runs}) < len(runs):
    raise OSError(f"runs: {place} has a run twice")
  cells: dict[tuple[str, str, str], Run] = {}
  for run in runs:
    other = cells.setdefault((run.dataset, run.noise, run.loss), run)
    for name, value in run.config.items():
      # The means of a report are over runs that differ in their seed alone.
      if name not in ("seed", "chosen") and value != other.config.get(name):
        raise OSError(
          f"runs: {place} has {run.dataset}, {run.noise}, {run.loss} with {name} {value} "
          f"of seed {run.seed}, must be {other.config.get(name)} as of seed {other.seed}"
        )
  return runs


def write(runs: Sequence[Run], path: pathlib.Path) -> None:
  """Writes runs to a file, one JSON object a line.

  Args:
    runs: the runs.
    path: path of the file, which is replaced.
  """
  rows = map(msgspec.to_builtins, runs)
  path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def _of_sweep(out_dir):
  measured: dict[tuple[str, str], tuple[pathlib.Path, dict]] = {}
  for cell in plan.read(out_dir).cells:
    for seed in cell.seeds:
      workdir = out_dir / cell.slug / f"seed{seed}"
      if (workdir / "summary.json").exists():
        own = workdir, _measured_on(workdir)
        other, content = measured.setdefault((cell.dataset, cell.noise), own)
        if content != own[1]:
          raise OSError(f"runs: {workdir} has other test images or labels than {other}")
        row = _row(workdir, cell, seed)
        with json_files.readable(workdir):
          run = _parsed(row)
        yield run


def _measured_on(workdir):
  """Digests of a run's test images and labels, which may change between two runs."""
  content = json_files.read(workdir / "dataset.json", _Facts).content
  return {name: digest for name, digest in content.items() if "test" in name}


def _row(workdir, cell, seed):
  """A line of runs.jsonl, from the directory of the run."""
  epochs = json_files.read_lines(
    workdir / "metrics.jsonl", lambda row: msgspec.convert(row, _Epoch)
  )
  metrics = {name: [getattr(epoch, name) for epoch in epochs] for name in JUDGED}
  for name in (epochs[-1].learned if epochs else None) or ():
    metrics[LEARNED + name] = [(epoch.learned or {}).get(name) for epoch in epochs]
  validation = [_rounded(epoch.validation_accuracy) for epoch in epochs]
  return {
    "dataset": cell.dataset,
    "noise": cell.noise,
    "loss": cell.loss,
    "seed": seed,
    **{
      name: json_files.read(workdir / f"{name}.json", dict)
      for name in ("config", "versions", "summary")
    },
    # Four digits, as many as an accuracy on 10,000 test images has.
    "test_accuracy": [_rounded(epoch.test_accuracy) for epoch in epochs],
    "memorised": [_rounded(epoch.memorised) for epoch in epochs],
    "method": {
      name: [None if value is None else float(f"{value:.6g}") for value in values]
      for name, values in metrics.items()
      if any(value is not None for value in values)
    },
    "validation_accuracy": [] if None in validation else validation,
  }


def _parsed(row):
  """The run of a row; ValueError if its values contradict each other."""
  summary, run = msgspec.convert(row, _Needed).summary, msgspec.convert(row, Run)
  settings = run.config | {"widths": tuple(run.config.get("widths", ()))}
  del settings["chosen"]
  try:
    TrainConfig(**settings)
  except (ValueError, TypeError) as error:
    raise ValueError(f"config: {error}") from None
  if problem := _misfit(run, summary):
    raise ValueError(problem)
  return msgspec.structs.replace(run, config=_DEFAULTS | run.config)


def _misfit(run, summary):
  """A contradiction between the values of a run; None if there is none."""
  if run.seed != run.config["seed"]:
    return f"seed: {run.seed}, must be {run.config['seed']} as in config"
  for name, values in run.by_epoch.items():
    if len(values) != run.config["epochs"]:
      return f"{name}: {len(values)} epochs, must be {run.config['epochs']} as in config"
  for name, values in run.method.items():
    if not (name in JUDGED or name.startswith(LEARNED)):
      return f"method: {name!r}, must be {LEARNED}NAME or one of {', '.join(JUDGED)}"
    if name in JUDGED and not all(x is None or 0 <= x <= 1 for x in values):
      return f"{name}: {values}, must be in [0, 1]"
  if None in run.memorised and any(x is not None for x in run.memorised):
    return "memorised: null in some epochs, must be so in all or none"
  if summary.realised_noise_rate is None and summary.labels_trusted:
    return "summary: realised_noise_rate: null, must be a share where labels are trusted"
  deciding = run.validation_accuracy or run.test_accuracy
  if None in deciding:
    return "test_accuracy: null, must be so only with a validation split"
  best = max(deciding)
  expected = {"test_accuracy": run.test_accuracy[-1], "memorised": run.memorised[-1]}
  if run.validation_accuracy:
    expected["validation_accuracy"] = run.validation_accuracy[-1]
  else:
    expected["best_test_accuracy"] = best
  for name, of_epochs in expected.items():
    if _rounded(getattr(summary, name)) != of_epochs:
      return f"summary: {name}: {getattr(summary, name)}, must be {of_epochs} as in epochs"
  # Accuracies that are equal after rounding may differ in later digits.
  if deciding[summary.best_epoch - 1 : summary.best_epoch] != [best]:
    return f"summary: best_epoch: {summary.best_epoch}, must be one with accuracy {best}"
  return None


def _rounded(share):
  return None if share is None else round(share, 4)
