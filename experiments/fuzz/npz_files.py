"""Malformed npz files.

Accepted means that a training on the data reaches the test accuracy of the undamaged set,
and where the set is another one on purpose, that the line on its size is right.
"""

import os
import pathlib
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from experiments.fuzz.cases import ODD_FILES, Answer, Case, damage_file

TRAIN = "experiments.train"
TINY = ("--widths=4", "--epochs=2", "--batch_size=8")
_ACCURACY = re.compile(r"test accuracy ([0-9.]+) \(best")
# Whatever the file says of itself, and the flags that its content has to fit.
_NAMES = ("dataset", "images", "labels", "class_names", "batch_size")


def accuracy(answer: Answer) -> str:
  """What train printed at its end."""
  found = _ACCURACY.search(answer.out)
  return found[1] if found else "none"


def arrays() -> dict[str, np.ndarray]:
  """A set of four classes, hard enough that its accuracy is not 1."""
  rng = np.random.default_rng(0)
  found: dict[str, np.ndarray] = {}
  for split, size in (("train", 40), ("test", 40)):
    labels = np.arange(size) % 4
    noise = rng.normal(0, 60, (size, 4, 4, 1))
    pixels = 50 + 40 * labels[:, None, None, None] + noise
    found[f"{split}_images"] = np.clip(pixels, 0, 255).astype(np.uint8)
    found[f"{split}_labels"] = labels
  return found


def write_npz(path: pathlib.Path, held: dict[str, Any], *, compressed=False) -> None:
  """Writes arrays to a file."""
  (np.savez_compressed if compressed else np.savez)(path, **held)


# From the arrays of `arrays` to those of a file; and whether the
# result is to be the same; None where it is another set on purpose.
_CHANGES: dict[str, tuple[Callable[[dict], dict], bool | None]] = {
  "grey images of rank 3": (lambda a: _each(a, "images", lambda x: x[..., 0]), True),
  "int8 labels": (lambda a: _each(a, "labels", lambda x: x.astype(np.int8)), True),
  "uint64 labels": (lambda a: _each(a, "labels", lambda x: x.astype(np.uint64)), True),
  "big-endian labels": (lambda a: _each(a, "labels", lambda x: x.astype(">i4")), True),
  "Fortran's order": (lambda a: _each(a, "images", np.asfortranarray), True),
  "another array": (lambda a: a | {"more": np.arange(3)}, True),
  "an array of objects more": (lambda a: a | {"more": np.array([{}])}, True),
  "class names": (lambda a: a | {"class_names": np.array(list("dcba"))}, True),
  "too few names": (lambda a: a | {"class_names": np.array(list("abc"))}, False),
  "too many names": (lambda a: a | {"class_names": np.array(list("abcde"))}, None),
  "equal names": (lambda a: a | {"class_names": np.array(list("abca"))}, False),
  "names of bytes": (lambda a: a | {"class_names": np.array(list("abcd"), "S")}, False),
  "names as objects": (
    lambda a: a | {"class_names": np.array(list("abcd"), object)},
    False,
  ),
  "one name": (lambda a: a | {"class_names": np.array("a")}, False),
  "float labels": (lambda a: _each(a, "labels", lambda x: x + 0.5), False),
  "NaN labels": (lambda a: _each(a, "labels", lambda x: x * np.nan), False),
  "complex labels": (lambda a: _each(a, "labels", lambda x: x * 1j), False),
  "boolean labels": (lambda a: _each(a, "labels", lambda x: x > 1), False),
  "text labels": (lambda a: _each(a, "labels", lambda x: x.astype(str)), False),
  "object labels": (lambda a: _each(a, "labels", lambda x: x.astype(object)), False),
  "dates as labels": (lambda a: _each(a, "labels", lambda x: x.astype("M8[s]")), False),
  "one-hot labels": (
    lambda a: _each(a, "labels", lambda x: np.eye(4, dtype=int)[x]),
    False,
  ),
  "labels in a column": (lambda a: _each(a, "labels", lambda x: x[:, None]), False),
  "one label": (lambda a: _each(a, "labels", lambda x: x[0]), False),
  "labels from -1": (lambda a: _each(a, "labels", lambda x: x - 1), False),
  "labels from -2^63": (
    lambda a: _each(a, "labels", lambda x: x + np.iinfo(int).min),
    False,
  ),
  "a label of 10^9": (lambda a: _one(a, "train_labels", 10**9), False),
  "a label of 2^31": (lambda a: _one(a, "train_labels", 2**31), False),
  "a label of 2^62": (lambda a: _one(a, "test_labels", 2**62), False),
  "a label of 2^64 - 1": (
    lambda a: _one(
      _each(a, "labels", lambda x: x.astype(np.uint64)), "test_labels", 2**64 - 1
    ),
    False,
  ),
  "a test label of 4": (lambda a: _one(a, "test_labels", 4), None),
  "labels with a gap": (
    lambda a: _each(a, "labels", lambda x: np.where(x == 3, 9, x)),
    None,
  ),
  "one class": (lambda a: _each(a, "labels", lambda x: x * 0), None),
  "fewer labels": (lambda a: a | {"train_labels": a["train_labels"][:-1]}, False),
  "more test labels": (lambda a: a | {"test_labels": np.arange(41) % 4}, False),
  "no examples": (lambda a: {k: v[:0] for k, v in a.items()}, False),
  "no test examples": (
    lambda a: {k: v[:0] if "test" in k else v for k, v in a.items()},
    False,
  ),
  "seven examples": (lambda a: {k: v[:7] for k, v in a.items()}, False),
  "images without rows": (lambda a: _each(a, "images", lambda x: x[:, :0]), False),
  "images without channels": (lambda a: _each(a, "images", lambda x: x[..., :0]), False),
  "images of rank 2": (lambda a: _each(a, "images", lambda x: x[:, 0, :, 0]), False),
  "images of rank 5": (lambda a: _each(a, "images", lambda x: x[..., None]), False),
  "one number as images": (lambda a: _each(a, "images", lambda x: np.uint8(3)), False),
  "NaN images": (lambda a: _each(a, "images", lambda x: x * np.float32("nan")), False),
  "float32 images": (lambda a: _each(a, "images", lambda x: x / np.float32(255)), False),
  "int8 images": (lambda a: _each(a, "images", lambda x: x.astype(np.int8)), False),
  "boolean images": (lambda a: _each(a, "images", lambda x: x > 9), False),
  "object images": (lambda a: _each(a, "images", lambda x: x.astype(object)), False),
  "wider test images": (
    lambda a: a | {"test_images": np.repeat(a["test_images"], 2, 2)},
    False,
  ),
  "coloured test images": (
    lambda a: a | {"test_images": np.repeat(a["test_images"], 3, 3)},
    False,
  ),
  "a record type": (
    lambda a: a | {"train_labels": np.zeros(40, [("a", int), ("b", float)])},
    False,
  ),
  "no train_images": (lambda a: {k: v for k, v in a.items() if k != "train_images"}, False),
  "no test_labels": (lambda a: {k: v for k, v in a.items() if k != "test_labels"}, False),
  "other names": (lambda a: {k.replace("_", "-"): v for k, v in a.items()}, False),
  "nothing": (lambda a: {}, False),
}


def _each(held: dict, part: str, change: Callable[[Any], Any]) -> dict:
  return {k: change(v) if k.endswith(part) else v for k, v in held.items()}


def _one(held: dict, name: str, label: int) -> dict:
  changed = held[name].copy()
  changed[3] = label
  return held | {name: changed}


def npz_cases(
  rng: random.Random, count: int, place: pathlib.Path, reference: str
) -> Iterator[Case]:
  """Files of other arrays, then damaged ones, and files that are none."""
  file = place / "set.npz"
  command = [f"--dataset=npz:{file}", *TINY]

  def same(answer):
    found = accuracy(answer)
    return None if found == reference else f"accuracy {found}, not {reference}"

  # A place that is neither text nor, to Matplotlib, free of formulas.
  odd = pathlib.Path(os.fsdecode(os.fsencode(place) + b"/odd $_{\xff\n"))
  odd.mkdir()
  write_npz(odd / "set.npz", arrays())
  flags = [f"--dataset=npz:{odd}/set.npz", *TINY, f"--workdir={place}/odd $_{{\n"]
  yield Case(TRAIN, flags, "an odd place, and a workdir", _NAMES, same)
  count -= 1
  for shown in rng.sample(sorted(_CHANGES), min(len(_CHANGES), count // 2)):
    change, expected = _CHANGES[shown]
    write_npz(file, change(arrays()))
    problem = {True: same, False: never, None: _as_large(change(arrays()))}[expected]
    yield Case(TRAIN, command, shown, _NAMES, problem)
  for _ in range(count - min(len(_CHANGES), count // 2)):
    if rng.random() < 0.25:
      content = rng.choice(ODD_FILES)
      file.write_bytes(content)
      yield Case(TRAIN, command, f"the file {content[:20]!r}", _NAMES, never)
      continue
    write_npz(file, arrays(), compressed=rng.random() < 0.5)
    yield Case(TRAIN, command, damage_file(rng, file), _NAMES, same)


def never(answer: Answer) -> str:
  """The problem with input that must not be accepted."""
  return "is accepted, must be refused"


def _as_large(held):
  """The set is another one: what is printed must be its size."""

  def problem(answer):
    labels = held["train_labels"]
    num_classes = max(2, int(max(labels.max(), held["test_labels"].max())) + 1)
    num_classes = len(held.get("class_names", range(num_classes)))
    counts = np.bincount(labels, minlength=num_classes)
    each = f"{counts.min()} to {counts.max()} each"
    expected = f"{len(labels)} images, {num_classes} classes of {each}"
    found = expected in answer.out and re.fullmatch(r"[01]\.\d+", accuracy(answer))
    return None if found else f"printed {answer.out[:200]!r}, not {expected}"

  return problem
