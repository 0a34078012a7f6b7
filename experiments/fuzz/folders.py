"""Folders of images with something wrong in them.

Accepted means that a training on the folder reaches the accuracy of the undamaged one; or,
where a file is left out, that this is said. A damaged image of the same size may have other
pixels: neither PNG nor JPEG tells of every pixel what it was.
"""
# mypy: disable-error-code="func-returns-value"

import io
import os
import pathlib
import random
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from PIL import Image

from experiments.fuzz.cases import Case, damaged
from experiments.fuzz.npz_files import TINY, TRAIN, accuracy, arrays, never
from noisy_jax.data.formats import FORMATS


def folder_cases(
  rng: random.Random, count: int, place: pathlib.Path, reference: str
) -> Iterator[Case]:
  """Folders with one thing changed; which of them are the same set, `_FOLDERS` says."""

  def same(answer):
    found = accuracy(answer)
    return None if found == reference else f"accuracy {found}, not {reference}"

  written = rng.sample(sorted(_FOLDERS), min(len(_FOLDERS), count * 2 // 3))
  for i in range(count):
    root = place / f"folder{i}"
    write_folder(root)
    skip = rng.random() < 0.5
    flags = ["--on_bad_image=skip"] if skip else []
    if i < len(written):
      shown = written[i]
      change, outcome = _FOLDERS[shown]
      change(root)
    else:
      victim = rng.choice(sorted(root.glob("*/*/*.*")))
      content = victim.read_bytes()
      changed, how = damaged(rng, content)
      victim.write_bytes(changed)
      shown, outcome = f"{victim.name} {how}", "same pixels or bad"
      pixels = [_pixels(x) for x in (content, changed)]
      if pixels[1] is not None and np.array_equal(*pixels):
        outcome = "same"
      elif pixels[1] is not None:
        # Neither PNG nor JPEG says of every pixel what it was.
        outcome = "other pixels"
    problem = {
      "same": same,
      "refused": never,
      "left out": _left_out if skip else never,
      "no picture": _no_picture,
      "same pixels or bad": _left_out if skip else never,
      "other pixels": lambda answer: None,
    }[outcome]
    shown += ", skipping" if skip else ""
    command = [f"--dataset=folder:{root}", *TINY, *flags]
    yield Case(TRAIN, command, shown, ("dataset", "images"), problem)
    shutil.rmtree(root)


def _left_out(answer):
  return None if "left out 1 unreadable" in answer.out else "does not say what it left out"


def _no_picture(answer):
  said = "left out 1 file that is no picture by its ending: 1 .txt" in answer.out
  return None if said else "does not say what it left out"


def _pixels(content):
  try:
    return np.asarray(Image.open(io.BytesIO(content), formats=FORMATS).convert("RGB"))
  except Exception:
    return None


def write_folder(root: pathlib.Path) -> None:
  """The set of `arrays` as PNG files, but for one grey JPEG of constant colour a split."""
  held = arrays()
  for split in ("train", "test"):
    images, labels = held[f"{split}_images"], held[f"{split}_labels"]
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
      path = root / split / f"class{label}" / f"{i:02d}.png"
      path.parent.mkdir(parents=True, exist_ok=True)
      if i == 0:
        image, path = np.full_like(image, 50), path.with_suffix(".jpg")
      Image.fromarray(image[..., 0]).save(path)


def _image(path: pathlib.Path, mode: str, size=(4, 4), **how) -> None:
  Image.new(mode, size).save(path, **how)


def _as(path: pathlib.Path, form: str, **how) -> None:
  """The same picture in another format, under the same name."""
  Image.open(path).save(path, format=form, **how)


def _write(name: str, content: bytes) -> Callable[[pathlib.Path], Any]:
  return lambda root: (root / name).write_bytes(content)


def _copy(target: str) -> Callable[[pathlib.Path], Any]:
  """Beside the image, under a name that sorts after it: of the same class and pixels."""

  def change(root):
    source = root / "train/class1/01.png"
    source.rename(root / "train/class1" / target)

  return change


_BROKEN = "train/class2/02.png"
_FOLDERS: dict[str, tuple[Callable[[pathlib.Path], Any], str]] = {
  "nothing changed": (lambda root: None, "same"),
  "a link to itself": (lambda r: (r / "train/class1/on").symlink_to("."), "refused"),
  "a link to another class": (
    lambda r: (r / "train/class1/on").symlink_to("../class2"),
    "refused",
  ),
  "a link to an image to test on": (
    lambda r: (r / "train/class1/99.png").symlink_to("../../test/class1/01.png"),
    "refused",
  ),
  "tests that are training images": (
    lambda r: (shutil.rmtree(r / "test"), (r / "test").symlink_to("train")),
    "refused",
  ),
  "a link that ends nowhere": (
    lambda r: (r / "train/class1/99.png").symlink_to("none.png"),
    "left out",
  ),
  "a link to a link to itself": (
    lambda r: (r / "train/class1/99.png").symlink_to("99.png"),
    "left out",
  ),
  "a pipe for an image": (lambda r: os.mkfifo(r / "train/class1/99.png"), "left out"),
  "a link to an endless file": (
    lambda r: (r / "train/class1/99.png").symlink_to("/dev/zero"),
    "left out",
  ),
  "a folder named as an image": (lambda r: (r / "train/class1/99.png").mkdir(), "same"),
  "an empty file": (_write(_BROKEN, b""), "left out"),
  "text for an image": (_write(_BROKEN, b"<html>404</html>"), "left out"),
  "an icon for an image": (lambda r: _image(r / _BROKEN, "L", format="ICO"), "left out"),
  "a GIF for an image": (lambda r: _as(r / _BROKEN, "GIF"), "other pixels"),
  "a WebP for an image": (lambda r: _as(r / _BROKEN, "WEBP"), "other pixels"),
  "16 bits": (lambda r: _image(r / _BROKEN, "I;16"), "left out"),
  "another size": (lambda r: _image(r / _BROKEN, "L", (5, 4)), "refused"),
  "one pixel more": (lambda r: _image(r / "test/class0/99.png", "L", (4, 5)), "refused"),
  "a file in place of train": (
    lambda r: (shutil.rmtree(r / "train"), (r / "train").write_text("")),
    "refused",
  ),
  "a file in place of the folder": (
    lambda r: (shutil.rmtree(r), r.parent.joinpath(r.name).mkdir(), (r / "x").touch()),
    "refused",
  ),
  "no train": (lambda r: shutil.rmtree(r / "train"), "refused"),
  "no test": (lambda r: shutil.rmtree(r / "test"), "refused"),
  "test called val": (lambda r: (r / "test").rename(r / "val"), "same"),
  "an empty train": (
    lambda r: (shutil.rmtree(r / "train"), (r / "train").mkdir()),
    "refused",
  ),
  "an empty class": (lambda r: (r / "train/class4").mkdir(), "refused"),
  "a class of text files": (
    lambda r: ((r / "train/class4").mkdir(), (r / "train/class4/a.txt").touch()),
    "refused",
  ),
  "a class in test alone": (
    lambda r: shutil.copytree(r / "test/class1", r / "test/class9"),
    "refused",
  ),
  "one class": (
    lambda r: [
      shutil.rmtree(r / s / f"class{c}") for s in ("train", "test") for c in (1, 2, 3)
    ],
    "refused",
  ),
  "a hidden file": (_write("train/class1/.99.png", b"x"), "same"),
  "another type beside": (_write("train/class1/99.txt", b"x"), "no picture"),
  "a file beside the classes": (_write("train/99.png", b"x"), "same"),
  "a name in capitals": (_copy("01.PNG"), "same"),
  "a name with a new line": (_copy("01\n.png"), "same"),
  "a name that is no text": (_copy("01\udcff.png"), "same"),
  "a long name": (_copy("01" + "x" * 249 + ".png"), "same"),
  "a broken image of a name that is no text": (
    lambda r: pathlib.Path(
      os.fsdecode(os.fsencode(r / "train/class1") + b"/99\xff\n.png")
    ).touch(),
    "left out",
  ),
  "class names that are no text": (
    lambda r: [
      (r / s / "class3").rename(os.fsdecode(os.fsencode(r / s) + b"/class3\xff\n"))
      for s in ("train", "test")
    ],
    "same",
  ),
  "a subfolder": (
    lambda r: (
      (r / "train/class1/more").mkdir(),
      (r / "train/class1/37.png").rename(r / "train/class1/more/37.png"),
    ),
    "same",
  ),
}
