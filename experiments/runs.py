"""The finished runs of a grid: from their directories, or from one file made of these."""

import json
import pathlib
import types
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from experiments import json_files, plan
from noisy_jax.training import TrainConfig

_NAMES = ("dataset", "noise", "loss")
# Shares in metrics.jsonl.
JUDGED = ("clean_auroc", "declared_precision", "declared_recall")
LEARNED = "learned_"
# What the report needs.
_SETTINGS = {"dataset", "model", "epochs", "noise", "noise_rate"}
_SUMMARY = {"test_accuracy", "best_test_accuracy", "best_epoch", "memorised"}
_SUMMARY |= {"num_classes", "labels_trusted", "realised_noise_rate"}


class Run(NamedTuple):
  """A finished run, as a line of runs.jsonl has it.

  Attributes:
    dataset: as the grid names it; likewise the next two.
    noise: such as "symmetric 0.4".
    loss: such as "MAE*".
    seed: of the training.
    config: all settings, and under "chosen" the numbers that stood for auto.
    versions: of the libraries, and the devices.
    summary: as in summary.json.
    test_accuracy: after each epoch, a fraction.
    memorised: the share of wrong training labels that are predicted, likewise; None
      where no label is wrong.
    method: what a method told after each epoch: by the names of `JUDGED` how well it finds
      wrong labels, None where it could not tell, and as learned_NAME the numbers that it
      learned. Nothing that it never tells.
  """

  dataset: str
  noise: str
  loss: str
  seed: int
  config: Mapping[str, Any]
  versions: Mapping[str, str]
  summary: Mapping[str, Any]
  test_accuracy: Sequence[float]
  memorised: Sequence[float | None]
  method: Mapping[str, Sequence[float | None]] = types.MappingProxyType({})

  @property
  def noise_in_words(self) -> str:
    """The noise; without any, labels as given are not called clean."""
    is_known = self.noise != "clean" or self.summary["labels_trusted"]
    return self.noise if is_known else "as given"

  @property
  def by_epoch(self) -> dict[str, Sequence[float | None]]:
    """All that was noted after each epoch, by name."""
    return {
      "test_accuracy": self.test_accuracy,
      "memorised": self.memorised,
      **self.method,
    }


def read(place: pathlib.Path) -> list[Run]:
  """The finished runs that a sweep left, or that `write` wrote.

  Args:
    place: the out_dir of a sweep, or a file of `write`.

  Returns:
    Runs in the order of the grid, at least one.

  Raises:
    OSError: if there are none, or a file is missing or damaged.
  """
  if place.is_dir():
    runs = list(_of_sweep(place))
  else:
    runs = [_checked(row, place) for row in _rows(place)]
  if not runs:
    raise OSError(f"runs: {place} has no finished run")
  if len({(run.dataset, run.noise, run.loss, run.seed) for run in runs}) < len(runs):
    raise OSError(f"runs: {place} has a run twice")
  return runs


def write(runs: Sequence[Run], path: pathlib.Path) -> None:
  """Writes runs to a file, one JSON object a line.

  Args:
    runs: to write.
    path: of the file, replaced.
  """
  rows = [run._asdict() | {"method": dict(run.method)} for run in runs]
  path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def _of_sweep(out_dir):
  measured: dict[tuple[str, str], tuple[pathlib.Path, dict]] = {}
  for cell in plan.read(out_dir).cells:
    names = {name: getattr(cell, name) for name in _NAMES}
    for seed in cell.seeds:
      workdir = out_dir / cell.slug / f"seed{seed}"
      if (workdir / "summary.json").exists():
        held = workdir, _measured_on(workdir)
        other, content = measured.setdefault((cell.dataset, cell.noise), held)
        if content != held[1]:
          raise OSError(f"runs: {workdir} has other test images or labels than {other}")
        yield _run(workdir, names)


def _measured_on(workdir):
  """Digests of a run's test images and labels: data may change between two runs."""
  content = json_files.read(workdir / "dataset.json").get("content", {})
  return {name: digest for name, digest in content.items() if "test" in name}


def _run(workdir, names):
  config, versions, summary = (
    json_files.read(workdir / f"{name}.json") for name in ("config", "versions", "summary")
  )
  path = workdir / "metrics.jsonl"
  rows = _rows(path)
  try:
    row = {
      "seed": config["seed"],
      # All digits that a test set of 10,000 has.
      "test_accuracy": [round(row["test_accuracy"], 4) for row in rows],
      "memorised": [row["memorised"] and round(row["memorised"], 4) for row in rows],
      "method": _told(rows),
    }
  except (TypeError, KeyError) as error:
    raise json_files.damaged(path, f"no {error}") from None
  whole = {**names, **row, "config": config, "versions": versions, "summary": summary}
  return _checked(whole, workdir)


def _told(rows):
  """What the method told after each epoch; there is none in runs older than methods."""
  told = {name: [row.get(name) for row in rows] for name in JUDGED}
  learned = rows[-1].get("learned") if rows else None
  for name in learned or ():
    told[LEARNED + name] = [row["learned"][name] for row in rows]
  return {
    name: [None if value is None else float(f"{value:.6g}") for value in values]
    for name, values in told.items()
    if any(value is not None for value in values)
  }


def _checked(row, place):
  """The run of these values, if they are of the right types and fit each other."""
  problem = _problem(row)
  if problem:
    raise json_files.damaged(place, problem)
  return Run(**row)


def _problem(row):
  """What is wrong with a run; None if nothing is."""
  fields = set(Run._fields)
  if not isinstance(row, dict) or row.keys() | Run._field_defaults.keys() != fields:
    return f"a run must have {', '.join(Run._fields)}"
  config, summary = row["config"], row["summary"]
  if not all(isinstance(row[name], dict) for name in ("config", "versions", "summary")):
    return "config, versions and summary must be objects"
  if not _are_texts(row["versions"]) or {"devices", "jax"} - row["versions"].keys():
    return "versions must be texts, those of devices and jax among them"
  settings: dict[str, Any] = {
    name: tuple(value) if isinstance(value, list) else value
    for name, value in config.items()
  }
  chosen = settings.pop("chosen", None)
  if missing := _SETTINGS - settings.keys():
    return f"config must have {', '.join(sorted(missing))}"
  try:
    TrainConfig(**settings)
  except (ValueError, TypeError) as error:
    return f"config: {error}"
  if not (isinstance(chosen, dict) and chosen.keys() == {"loss", "logit_bias"}):
    return "config: chosen must have loss and logit_bias"
  if not (isinstance(chosen["loss"], str) and _is_number(chosen["logit_bias"])):
    return "config: chosen must have a text and a number"
  if not (
    _are_texts({name: row[name] for name in _NAMES})
    and row["seed"] == config.get("seed", row["seed"])
  ):
    return "dataset, noise and loss must be texts, and seed that of config"
  accuracies, memorised = row["test_accuracy"], row["memorised"]
  if not (isinstance(accuracies, list) and isinstance(memorised, list)):
    return "test_accuracy and memorised must be lists"
  if not len(accuracies) == len(memorised) == config["epochs"]:
    return f"it must have {config['epochs']} epochs"
  if not all(map(_is_share, accuracies)):
    return "test_accuracy must be in [0, 1]"
  if not (all(map(_is_share, memorised)) or set(memorised) == {None}):
    return "memorised must be in [0, 1], or null throughout"
  return _method_problem(row.get("method", {}), len(accuracies)) or _summary_problem(
    summary, accuracies, memorised
  )


def _method_problem(told, epochs):
  if not (isinstance(told, dict) and all(isinstance(v, list) for v in told.values())):
    return "method must have lists by name"
  for name, values in told.items():
    if not (name in JUDGED or name.startswith(LEARNED)):
      return f"method: unknown {name!r}"
    fits = _is_share if name in JUDGED else _is_number
    if len(values) != epochs or not all(v is None or fits(v) for v in values):
      return f"method: {name} must have {epochs} numbers, of what is judged in [0, 1]"
  return None


def _summary_problem(summary, accuracies, memorised):
  if missing := _SUMMARY - summary.keys():
    return f"summary must have {', '.join(sorted(missing))}"
  rate, trusted = summary["realised_noise_rate"], summary["labels_trusted"]
  if not isinstance(trusted, bool) or not (
    _is_share(rate) or (rate is None and not trusted)
  ):
    return "summary: labels_trusted must be true or false, realised_noise_rate in [0, 1]"
  if not _is_count(summary["num_classes"]):
    return "summary: num_classes must be a count"
  best = max(range(len(accuracies)), key=accuracies.__getitem__)
  fits = _is_count(summary["best_epoch"]) and summary["best_epoch"] <= len(accuracies)
  fits = fits and _same(summary["test_accuracy"], accuracies[-1])
  fits = fits and _same(summary["best_test_accuracy"], accuracies[best])
  # Epochs that are equal here may differ in later digits.
  fits = fits and accuracies[summary["best_epoch"] - 1] == accuracies[best]
  if not (fits and _same(summary["memorised"], memorised[-1])):
    return "summary must have the last and the best of the epochs"
  return None


def _same(number, rounded):
  if number is None or rounded is None:
    return number is rounded
  return _is_share(number) and round(number, 4) == rounded


def _is_number(value):
  return type(value) in (int, float)


def _is_share(value):
  return _is_number(value) and 0 <= value <= 1


def _is_count(value):
  return type(value) is int and value >= 1


def _are_texts(values):
  return all(isinstance(value, str) for value in values.values())


def _rows(path):
  lines = json_files.read_text(path).splitlines()
  return [json_files.parse(line, path) for line in lines]
