"""Folders of pictures a fifth of which lie in a wrong class, and audits of them."""

import csv
import hashlib
import pathlib

import cv2
import numpy as np

from tests import commands

with commands.flags_apart() as FLAGS:
  from noisy_jax.cli import audit

run_audit = commands.runner(audit, values=FLAGS)

CLASSES = ("ape", "bee", "cat", "doe", "elk", "fox")
SIDE, NOISE_RATE = 8, 0.2
# A small network learns these pictures in seconds.
SETTINGS = ("--widths=16", "--batch_size=32", "--learning_rate=0.02", "--epochs=10")
FILES = {
  "issues.csv", "pred_probs.npy", "report.html", "run", "summary.json", "transition.csv"
}  # fmt: skip


def make_arrays(size, seed):
  """Noisy pictures [size, 8, 8, 3], and their classes in turn."""
  patterns = np.random.default_rng(0).uniform(60, 200, (len(CLASSES), SIDE, SIDE, 3))
  labels = np.arange(size) % len(CLASSES)
  noise = np.random.default_rng(seed).normal(0, 40, (size, SIDE, SIDE, 3))
  return np.clip(patterns[labels] + noise, 0, 255).astype(np.uint8), labels


def move(labels, seed=0):
  """The labels, a fifth of them wrong, each wrong class equally often."""
  rng = np.random.default_rng(seed)
  moved = rng.choice(len(labels), round(NOISE_RATE * len(labels)), replace=False)
  given = labels.copy()
  given[moved] += rng.integers(1, len(CLASSES), len(moved))
  return given % len(CLASSES)


def write(folder, images, labels):
  """Writes CLASS/NUMBER.png, and gives these paths."""
  ids = [f"{CLASSES[label]}/{i:03d}.png" for i, label in enumerate(labels)]
  for id_, image in zip(ids, images, strict=True):
    (folder / id_).parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / id_), image)
  return ids


def make(folder, size=480):
  """Writes a dirty folder; gives whether each picture lies in a wrong class, by path."""
  images, labels = make_arrays(size, seed=1)
  given = move(labels)
  ids = write(folder, images, given)
  return dict(zip(ids, (given != labels).tolist(), strict=True))


def read_rows(path: pathlib.Path) -> list[dict[str, str]]:
  with path.open(newline="", errors="surrogateescape") as file:
    return list(csv.DictReader(file))


def digest(folder: pathlib.Path) -> str:
  """Of all paths and contents of a folder, and of when they were changed."""
  found = hashlib.sha256()
  for path in sorted(folder.rglob("*")):
    found.update(f"{path} {path.stat().st_mtime_ns}".encode())
    found.update(path.read_bytes() if path.is_file() else b"")
  return found.hexdigest()
