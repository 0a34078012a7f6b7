"""Finished runs and their grids, without a training."""

import dataclasses
import json
import pathlib
from collections.abc import Sequence
from typing import Any

import msgspec

from noisy_jax.sweeps import finished_runs, plan
from noisy_jax.training import TrainConfig

_DEFAULTS = json.loads(json.dumps(dataclasses.asdict(TrainConfig())))


def invented(
  dataset: str = "digits10",
  noise: str = "clean",
  loss: str = "CE",
  seed: int = 0,
  last: float = 0.5,
  **config: Any,
) -> finished_runs.Run:
  """A run of two epochs, the first of which was better by 0.1."""
  settings = {"epochs": 2, "dataset": dataset, "noise": "symmetric", "seed": seed}
  settings |= {"noise_rate": 0.0, "chosen": {"loss": "ce", "logit_bias": 0.0}} | config
  wrong = None if noise == "clean" else 0.1
  summary = {
    "test_accuracy": last,
    "best_test_accuracy": last + 0.1,
    "best_epoch": 1,
    "memorised": wrong,
    "num_classes": 10,
    "labels_trusted": True,
    "realised_noise_rate": wrong or 0.0,
  }
  return finished_runs.Run(
    dataset,
    noise,
    loss,
    seed,
    _DEFAULTS | settings,
    {"devices": "1 x cpu", "jax": "1.2.3"},
    summary,
    [round(last + 0.1, 4), last],
    [wrong] * 2,
    {},
  )


def with_validation(run: finished_runs.Run, best: float) -> finished_runs.Run:
  """The run with a validation split, by which the second epoch is the best."""
  summary = {"validation_accuracy": 0.4, "best_test_accuracy": best, "best_epoch": 2}
  return msgspec.structs.replace(
    run,
    config=run.config | {"validation": "0.1"},
    summary=run.summary | summary,
    test_accuracy=[None, run.test_accuracy[1]],
    validation_accuracy=[0.3, 0.4],
  )


def plan_of(
  found: Sequence[finished_runs.Run], failed: dict[str, str] | None = None
) -> plan.Plan:
  """The plan of a grid that has these runs and no others."""
  seeds: dict[tuple[str, str, str], list[int]] = {}
  for run in found:
    seeds.setdefault((run.dataset, run.noise, run.loss), []).append(run.seed)
  cells = [plan.Planned("_".join(c), *c, tuple(of)) for c, of in seeds.items()]
  return plan.Plan("tiny.yaml", cells, failed or {})


def save(run: finished_runs.Run, workdir: pathlib.Path) -> None:
  """Writes the files of a run's directory that a report reads."""
  workdir.mkdir(parents=True)
  facts = {"content": {"train labels": str(run.seed), "test labels": "same"}}
  files = {"config": run.config, "versions": run.versions, "summary": run.summary}
  for name, content in (files | {"dataset": facts}).items():
    (workdir / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")
  with (workdir / "metrics.jsonl").open("w") as file:
    for epoch, accuracy in enumerate(run.test_accuracy):
      row: dict[str, Any] = dict.fromkeys(finished_runs.JUDGED) | {"learned": {}}
      for name, values in run.method.items():
        if name in finished_runs.JUDGED:
          row[name] = values[epoch]
        else:
          row["learned"][name.removeprefix(finished_runs.LEARNED)] = values[epoch]
      row |= {"test_accuracy": accuracy, "memorised": run.memorised[epoch]}
      if run.validation_accuracy:
        row["validation_accuracy"] = run.validation_accuracy[epoch]
      file.write(json.dumps(row | {"learned": row["learned"] or None}) + "\n")
