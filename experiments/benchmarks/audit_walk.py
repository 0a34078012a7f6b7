"""From a dirty folder to a clean model: what the commands of the audit find and gain.

  python -m experiments.benchmarks.audit_walk --workdir=DIR \
    --out_dir=experiments/results/audit_walk

Writes pictures of three digits into class folders, moves a fifth of them to wrong classes,
and calls the commands as a user does. Beside them, cleanlab judges out-of-fold
probabilities of a cross-entropy network of the same kind. The same command goes on after an
interruption. cleanlab is needed: pip install -e '.[benchmarks]'.
"""

import csv
import dataclasses
import json
import pathlib
import resource
import subprocess
import sys
import time

import cv2
import numpy as np
from absl import logging

from experiments.benchmarks import audit_walk_page
from noisy_jax import data, methods, noise, runs, training
from noisy_jax.cli import command_line, messages, path_flags

_WORKDIR = path_flags.define(
  "workdir", None, "Directory for pictures and runs.", allow_override=True
)
_OUT_DIR = path_flags.define(
  "out_dir", None, "Directory for results.json and README.md.", allow_override=True
)

_CLASSES, _PICTURES, _NEW, _MOVED = 60, 5040, 2000, 0.2
_FIRST = (50, 200, 500)
_FOLDS = 5


def main(argv):
  messages.only_flags(argv)
  if _WORKDIR.value is None or _OUT_DIR.value is None:
    messages.fail("workdir: None, must be a directory, and so must out_dir")
  root, out_dir = pathlib.Path(_WORKDIR.value), pathlib.Path(_OUT_DIR.value)
  root.mkdir(parents=True, exist_ok=True)
  out_dir.mkdir(parents=True, exist_ok=True)
  results = walk(root)
  (out_dir / "results.json").write_text(json.dumps(results, indent=2) + "\n")
  (out_dir / "README.md").write_text(audit_walk_page.page(results))


def write_pictures(
  root: pathlib.Path, num_classes: int, num_pictures: int, num_new: int, moved: float
) -> dict[str, str]:
  """Writes the folders photos and new, PATH/CLASS/NUMBER.png.

  Args:
    root: directory for both.
    num_classes: number of classes.
    num_pictures: number of pictures in photos.
    num_new: number of pictures in new, all in the right class.
    moved: share of the pictures of photos that lie in a wrong class, each wrong one equally
      often.

  Returns:
    The right class of each picture of photos, by its path there.
  """
  dataset = data.digits(num_classes, train_size=num_pictures, test_size=num_new)
  rng = np.random.default_rng(0)
  given = dataset.train_labels.copy()
  wrong = rng.choice(num_pictures, round(moved * num_pictures), replace=False)
  steps = rng.integers(1, num_classes, len(wrong))
  given[wrong] = (given[wrong] + steps) % num_classes
  _write(root / "new", dataset.test_images, dataset.test_labels)
  ids = _write(root / "photos", dataset.train_images, given)
  right = map(_class_name, dataset.train_labels)
  return dict(zip(ids, right, strict=True))


def walk(root: pathlib.Path) -> dict:
  """Calls the commands in `root`, and measures what they found and gained."""
  right = write_pictures(root, _CLASSES, _PICTURES, _NEW, _MOVED)
  photos, audit = root / "photos", root / "audit"
  _command(root, "audit", photos, f"--out_dir={audit}")
  config = runs.load_trained(audit / "run").config
  accuracy = {"audit": _accuracy(root, audit)}

  def train(name, folder):
    settings = (f"--dataset=folder:{folder}", "--loss=ce", f"--epochs={config.epochs}")
    workdir = root / "runs" / name
    _command(root, "train", *settings, f"--workdir={workdir}")
    accuracy[name] = _accuracy(root, workdir)

  train("given", photos)
  _command(root, "apply", audit, f"--out_dir={root / 'cleaned'}", "--links")
  train("cleaned", root / "cleaned" / "images")

  rows = sorted(_rows(audit / "issues.csv"), key=lambda row: int(row["row"]))
  wrong = np.array([row["given"] != right[row["id"]] for row in rows])
  declared = np.array([row["declared"] == "yes" for row in rows])
  scores = np.array([float(row["score"]) for row in rows])
  facts = json.loads((audit / "summary.json").read_text())

  other = _cleanlab(root, config)
  decisions, place = root / "cleanlab.csv", root / "cleaned_by_cleanlab"
  lines = [f"{rows[i]['id']},leave_out,\n" for i in np.flatnonzero(other["issues"])]
  decisions.write_text("".join(["id,decision,label\n", *lines]))
  options = ("--links", f"--decisions={decisions}")
  _command(root, "apply", audit, f"--out_dir={place}", *options)
  train("cleaned_by_cleanlab", place / "images")
  return {
    "classes": _CLASSES,
    "pictures": _PICTURES,
    "wrong": int(wrong.sum()),
    "new": _NEW,
    "epochs": config.epochs,
    "noise_rate": facts["noise_rate"],
    "false_alarms": facts["false_alarms"],
    "found": {
      "audit": _measure(scores, declared, wrong),
      "cleanlab": _measure(other["scores"], other["issues"], wrong),
    },
    "accuracy": accuracy,
    "seconds": _seconds(root),
  }


def _class_name(label):
  return f"class{label:02d}"


def _write(folder, images, labels):
  """Writes the pictures, and gives their paths in the folder."""
  ids = []
  for number, (image, label) in enumerate(zip(images, labels, strict=True)):
    ids.append(f"{_class_name(label)}/{number:05d}.png")
    path = folder / ids[-1]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.round(255 * image).astype(np.uint8))
  return ids


def _seconds(root):
  """Wall time and CPU time of each step that is done."""
  path = root / "seconds.json"
  return json.loads(path.read_text()) if path.exists() else {}


def _timed(root, name, call):
  """Calls unless it was done before, and keeps wall time and CPU time, with children's."""
  seconds = _seconds(root)
  if name in seconds:
    return
  start = _clocks()
  call()
  seconds[name] = (_clocks() - start).round(1).tolist()
  (root / "seconds.json").write_text(json.dumps(seconds))


def _clocks():
  children = resource.getrusage(resource.RUSAGE_CHILDREN)
  cpu = time.process_time() + children.ru_utime + children.ru_stime
  return np.array([time.perf_counter(), cpu])


def _command(root, *arguments):
  texts = [str(argument) for argument in arguments]
  line = " ".join(texts).replace(f"{root}/", "")
  messages.say(f"noisy-jax {line}")
  call = [sys.executable, "-m", "noisy_jax", *texts]
  _timed(root, line, lambda: subprocess.run(call, check=True))


def _cleanlab(root, config):
  """cleanlab's scores and verdicts on a cross-entropy network's probabilities."""
  from cleanlab import filter, rank  # an optional extra

  def judge():
    dataset = data.pooled(training.open_dataset(config))
    plain = dataclasses.replace(config, loss="ce", method=methods.NONE)
    setup = runs.prepare(plain, dataset=dataset)
    probabilities = runs.out_of_fold_probabilities(setup, _FOLDS, workdir=root / "folds")
    labels = setup.train_labels.noisy
    issues = filter.find_label_issues(labels, probabilities, n_jobs=1)
    scores = rank.get_label_quality_scores(labels, probabilities)
    np.savez(root / "cleanlab.npz", issues=issues, scores=scores)

  _timed(root, "cleanlab", judge)
  return np.load(root / "cleanlab.npz")


def _rows(path):
  with path.open(newline="") as file:
    return list(csv.DictReader(file))


def _measure(scores, declared, wrong):
  order = np.argsort(scores, kind="stable")
  caught = int((declared & wrong).sum())
  return {
    "auroc": round(float(noise.auroc(-scores, wrong)), 5),
    "first": {str(n): float(wrong[order[:n]].mean()) for n in _FIRST},
    "declared": int(declared.sum()),
    "right_among_declared": int(declared.sum()) - caught,
    "precision": round(caught / int(declared.sum()), 5),
    "recall": round(caught / int(wrong.sum()), 5),
  }


def _accuracy(root, where):
  """Accuracy of a network on the new pictures, whose class is the folder they lie in."""
  out = root / f"predictions_{where.name}.csv"
  _command(root, "predict", where, f"--images={root / 'new'}", f"--out={out}")
  rows = _rows(out)
  return float(np.mean([row["class1"] == row["id"].split("/")[0] for row in rows]))


if __name__ == "__main__":
  logging.set_verbosity(logging.WARNING)
  command_line.run(main)
