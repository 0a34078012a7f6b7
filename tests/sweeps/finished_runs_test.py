import json
import re

import numpy as np
import pytest

from noisy_jax.sweeps import cells, finished_runs, plan, sweeper
from tests.invented_runs import invented, plan_of, save, with_validation
from tests.stopped_runs import change


@pytest.fixture
def planned(tmp_path):
  """Two runs of a loss in their directories."""
  found = [invented(seed=seed) for seed in (0, 1)]
  for run in found:
    save(run, tmp_path / "digits10_clean_CE" / f"seed{run.seed}")
  plan.write(plan_of(found), tmp_path)
  return found


def test_directories_and_the_file_made_of_them_say_the_same(planned, tmp_path):
  assert finished_runs.read(tmp_path) == planned
  finished_runs.write(planned, tmp_path / "runs.jsonl")
  assert finished_runs.read(tmp_path / "runs.jsonl") == planned
  assert plan.read(tmp_path) == plan_of(planned)


def test_a_validation_split_decides_which_epoch_is_the_best(tmp_path):
  run = with_validation(invented(), best=0.5)
  save(run, tmp_path / "digits10_clean_CE" / "seed0")
  plan.write(plan_of([run]), tmp_path)
  assert finished_runs.read(tmp_path) == [run]
  finished_runs.write([run], tmp_path / "runs.jsonl")
  assert finished_runs.read(tmp_path / "runs.jsonl") == [run]
  change(tmp_path / "runs.jsonl", '"best_epoch": 2', '"best_epoch": 1')
  with pytest.raises(OSError, match=r"best_epoch: 1, must be one with accuracy 0\.4"):
    finished_runs.read(tmp_path / "runs.jsonl")


def test_names_need_not_be_text(tmp_path):
  run = invented("folder:/\udcff")
  workdir = tmp_path / "folder_clean_ce" / "seed0"
  save(run, workdir)
  change(workdir / "dataset.json", '"content"', r'"class_names": ["\udcff"], "content"')
  cell = plan.Planned("folder_clean_ce", "folder:/\udcff", "clean", "CE", (0,))
  plan.write(plan.Plan("tiny.yaml", [cell], {}), tmp_path)
  assert finished_runs.read(tmp_path) == [run]
  finished_runs.write([run], tmp_path / "runs.jsonl")
  assert finished_runs.read(tmp_path / "runs.jsonl") == [run]


def test_runs_older_than_a_setting_did_what_its_default_does(planned, tmp_path):
  config = tmp_path / "digits10_clean_CE" / "seed0" / "config.json"
  settings = json.loads(config.read_text())
  del settings["l1"], settings["bias_schedule"]
  config.write_text(json.dumps(settings))
  assert finished_runs.read(tmp_path) == planned


@pytest.mark.parametrize(
  "name, old, new, message",
  [
    ("metrics.jsonl", '"test_accuracy": 0.5', '"test_accuracy": 1.5', "line 2: test_accu"),
    ("metrics.jsonl", '"learned": null', '"learned": 1', "line 1: learned: Expected `obj"),
    ("metrics.jsonl", '"memorised": null}', "", "line 1: Expecting property name"),
    ("config.json", '"chosen": ', '"chosen": ' + "[" * 10_000, "maximum recursion depth e"),
    ("config.json", '"noise_rate"', '"rate"', "config: Object missing required field `noi"),
    ("summary.json", "true", "1", "summary.labels_trusted: Expected `bool`, got `int`"),
    ("summary.json", "{", "\\{", "Expecting value: line 1 column 1"),
    ("dataset.json", '"content"', '"facts"', "Object missing required field `content`"),
    ("dataset.json", '"same"', '"other"', "other test images or labels than .*seed0"),
  ],
)
def test_damaged_directories_are_told(name, old, new, message, planned, tmp_path):
  change(tmp_path / "digits10_clean_CE" / "seed1" / name, old, new)
  with pytest.raises(OSError, match=rf"^runs: .*seed1.*{message}") as failure:
    finished_runs.read(tmp_path)
  assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"more": 1}, "Object contains unknown field `more`"),
    ({"summary": [1]}, "summary: Expected `object`, got `array`"),
    ({"versions": {"jax": 1}}, "versions.jax: Expected `str`, got `int`"),
    ({"config": {"epochs": 0}}, "config: epochs: 0, must be an integer from 1 up"),
    ({"config": {"other": 1}}, "config: .*'other'"),
    ({"config": {"chosen": {"loss": 1}}}, "config.chosen.loss: Expected `str`, got `int`"),
    ({"config": {"seed": 3}}, "seed: 0, must be 3 as in config"),
    ({"config": {"epochs": 3}}, "test_accuracy: 2 epochs, must be 3 as in config"),
    ({"test_accuracy": [], "memorised": []}, "test_accuracy: 0 epochs, must be 2"),
    ({"test_accuracy": [0.6, 1.5]}, r"test_accuracy\[1\]: Expected `float` <= 1.0"),
    ({"memorised": [None, 0.1]}, "memorised: null in some epochs, must be so in all or no"),
    ({"method": {"x": [0, 0]}}, "method: 'x', must be learned_NAME or one of clean_auroc"),
    ({"method": {"clean_auroc": [1, 2]}}, r"clean_auroc: \[1.0, 2.0\], must be in \[0, 1"),
    ({"method": {"learned_q": [1]}}, "learned_q: 1 epochs, must be 2 as in config"),
    ({"summary": {"test_accuracy": 0.4}}, "summary: test_accuracy: 0.4, must be 0.5 as in"),
    ({"summary": {"best_epoch": 2}}, "summary: best_epoch: 2, must be one with accuracy 0"),
    ({"summary": {"num_classes": 0}}, "summary.num_classes: Expected `int` >= 1"),
    ({"summary": {"realised_noise_rate": None}}, "summary: realised_noise_rate: null, mu"),
  ],
)
def test_runs_that_do_not_fit_themselves_are_damaged(changes, message, tmp_path):
  path = tmp_path / "runs.jsonl"
  finished_runs.write([invented(noise="symmetric 0.4")], path)
  row = json.loads(path.read_text())
  for name, value in changes.items():
    row[name] = row[name] | value if isinstance(value, dict) else value
  path.write_text(path.read_text() + json.dumps(row) + "\n")
  with pytest.raises(OSError, match=rf"^runs: .*jsonl is damaged \(line 2: {message}"):
    finished_runs.read(path)


def test_a_run_counts_once(tmp_path):
  finished_runs.write([invented(), invented()], tmp_path / "runs.jsonl")
  with pytest.raises(OSError, match="has a run twice"):
    finished_runs.read(tmp_path / "runs.jsonl")


def test_runs_of_a_cell_differ_in_their_seed_alone(planned, tmp_path):
  config = tmp_path / "digits10_clean_CE" / "seed1" / "config.json"
  change(config, '"learning_rate": 0.1', '"learning_rate": 0.01')
  message = "CE with learning_rate 0.01 of seed 1, must be 0.1 as of seed 0$"
  with pytest.raises(OSError, match=message):
    finished_runs.read(tmp_path)


def test_failures_in_the_directories_are_in_the_plan(tmp_path):
  planned = plan_of([invented(seed=0), invented(seed=1)])
  plan.write(planned, tmp_path)
  workdir = tmp_path / "digits10_clean_CE" / "seed1"
  workdir.mkdir(parents=True)
  (workdir / plan.FAILED).write_text('{"message": "the loss is nan"}')
  assert plan.read(tmp_path).failed == {"digits10_clean_CE/seed1": "the loss is nan"}
  (workdir / plan.FAILED).write_text("{")
  assert "is damaged" in plan.read(tmp_path).failed["digits10_clean_CE/seed1"]


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"more": 1}, "Object contains unknown field `more`"),
    ({"failed": {"a": 1}}, "failed[...]: Expected `str`, got `int`"),
    ({"cells": [{"slug": "a"}]}, "cells[0]: Object missing required field `dataset`"),
  ],
)
def test_plans_that_are_none_are_damaged(changes, message, tmp_path):
  plan.write(plan_of([invented()]), tmp_path)
  path = tmp_path / "grid.json"
  path.write_text(json.dumps(json.loads(path.read_text()) | changes))
  message = rf"^runs: .*grid.json is damaged \({re.escape(message)}"
  with pytest.raises(OSError, match=message):
    plan.read(tmp_path)


def test_what_a_method_told_is_read_from_the_runs(tmp_path):
  grid = {
    "settings": {"widths": [8], "epochs": 3, "batch_size": 64},
    "datasets": ["digits4"],
    "noise": ["symmetric 0.25"],
    "losses": {
      "ELR": {"loss": "ce", "method": "elr"},
      "meta": {"loss": "gce", "method": "meta(size=20)"},
    },
  }
  found = cells.read(grid)
  sweeper.write_plan(tmp_path, "tiny.yaml", found)
  sweeper.sweep(found, tmp_path)
  told = {run.loss: run.method for run in finished_runs.read(tmp_path)}
  assert {loss: set(of_loss) for loss, of_loss in told.items()} == {
    "ELR": {"clean_auroc"},
    "meta": {"learned_gce.q"},
  }
  for cell, values in zip(found, (told["ELR"], told["meta"]), strict=True):
    lines = (tmp_path / cell.slug / "seed0" / "metrics.jsonl").read_text().splitlines()
    rows = map(json.loads, lines)
    noted = [(row["learned"] or {}).get("gce.q", row["clean_auroc"]) for row in rows]
    np.testing.assert_allclose(*values.values(), noted, atol=5e-5)
