import fcntl
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from noisy_jax import data
from noisy_jax.data import webvision
from tests import webvision_tree

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def tree(tmp_path):
  return webvision_tree.write(tmp_path / "files")


def prepare(tree, tmp_path, config="mini", **options):
  return webvision.prepare(config, manual_dir=tree, data_dir=tmp_path / "sets", **options)


def load(tmp_path, name="webvision/mini"):
  return data.load(name, tmp_path / "sets", image_size=8)


def test_mini_is_the_first_fifty_classes_from_google(tree, tmp_path):
  report = prepare(tree, tmp_path)
  assert report[1:] == ["  train: 6 images", "  validation: 3 images"]
  dataset = load(tmp_path)
  assert dataset.num_classes == 50
  assert dataset.class_names[49] == "n00000049 class 49, another word"
  assert sorted(dataset.train_ids) == [f"google/q{i // 4:04d}/{i}.jpg" for i in range(6)]
  # Records are shuffled; image, label and id must stay together.
  index = [int(name.split("/")[2].removesuffix(".jpg")) for name in dataset.train_ids]
  labels = np.array(webvision_tree.LABELS["google"])
  np.testing.assert_array_equal(dataset.train_labels, labels[index])
  for i, image in zip(index, dataset.train_images, strict=True):
    expected = np.asarray(webvision_tree.photograph(i).resize((8, 8))).astype(int)
    assert np.abs(image - expected).mean() < 12
  assert sorted(dataset.test_labels) == [0, 1, 49]


def test_full_is_all_classes_from_both_engines(tree, tmp_path, monkeypatch):
  (tmp_path / "tmp").mkdir()
  monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
  report = prepare(tree, tmp_path, "full")
  assert report[1:] == ["  train: 12 images", "  validation: 5 images"]
  assert not list((tmp_path / "tmp").iterdir())
  dataset = load(tmp_path, "webvision/full")
  assert dataset.num_classes == 1000
  assert sorted(dataset.test_labels) == [0, 1, 49, 50, 999]
  assert sum(name.startswith("flickr/") for name in dataset.train_ids) == 4


def test_imagenet_has_the_class_ids_of_webvision(tree, tmp_path):
  # As in ImageNet, the order of the classes is that of synsets.txt, here another.
  synsets = tree / "info" / "synsets.txt"
  lines = synsets.read_text().splitlines()
  synsets.write_text("\n".join([lines[1], lines[0], *lines[2:]]))
  imagenet = webvision_tree.write_imagenet(tmp_path / "imagenet")
  report = prepare(tree, tmp_path, imagenet_dir=imagenet)
  assert report[-1].startswith(
    "  validation: 100 images; left out 1 no picture by its ending: n00000049/notes.txt "
  )
  builder = webvision.WebvisionImagenet(config="mini", data_dir=tmp_path / "sets")
  examples = list(builder.as_data_source("validation"))
  label_of = {example["id"].decode()[:9]: example["label"] for example in examples}
  assert label_of["n00000001"] == 0
  assert label_of["n00000000"] == 1
  assert label_of["n00000049"] == 49


def test_missing_and_broken_files_are_counted_and_named(tree, tmp_path):
  folder = tree / "google" / "q0000"
  (folder / "0.jpg").unlink()
  (folder / "1.jpg").write_bytes((folder / "1.jpg").read_bytes()[:-200])
  (folder / "2.jpg").write_text("<html>not found</html>")
  names = tree / "info" / "train_filelist_google.txt"
  names.write_text(names.read_text() + "google/q0000/3.jpg 1\n")
  report = prepare(tree, tmp_path)
  assert report[1].startswith("  train: 3 images; left out 2 broken, 1 missing, 1 listed t")
  assert "google/q0000/0.jpg, google/q0000/1.jpg, google/q0000/2.jpg ..." in report[1]
  file = report[1].rpartition("(all in ")[2].removesuffix(")")
  with open(file) as stream:
    lines = stream.read().splitlines()
  assert lines[0] == "google/q0000/0.jpg\tmissing"
  assert lines[1].startswith("google/q0000/1.jpg\tbroken: image file is truncated")
  assert lines[2] == "google/q0000/2.jpg\tbroken: none of PNG, JPEG, WEBP, BMP, TIFF, GIF"
  assert lines[3] == "google/q0000/3.jpg\tlisted twice"
  assert len(load(tmp_path).train_labels) == 3


def test_grey_and_cmyk_images_become_rgb(tree, tmp_path):
  for name, mode in {"0": "L", "1": "CMYK"}.items():
    file = tree / "google" / "q0000" / f"{name}.jpg"
    webvision_tree.photograph(int(name)).convert(mode).save(file, quality=95)
  prepare(tree, tmp_path)
  dataset = load(tmp_path)
  images = dict(zip(dataset.train_ids, dataset.train_images, strict=True))
  grey, cmyk = images["google/q0000/0.jpg"], images["google/q0000/1.jpg"]
  np.testing.assert_array_equal(grey[..., 0], grey[..., 1])
  expected = np.asarray(webvision_tree.photograph(1).resize((8, 8))).astype(int)
  assert np.abs(cmyk - expected).mean() < 12


def test_what_is_there_is_left_alone(tree, tmp_path):
  prepare(tree, tmp_path)
  (info,) = tmp_path.glob("sets/webvision/mini/*/dataset_info.json")
  before = info.stat().st_mtime_ns
  report = prepare(tree, tmp_path)
  assert "is already there" in report[0]
  assert report[1] == "  train: 6 images"
  assert info.stat().st_mtime_ns == before


def test_a_killed_preparation_is_begun_again(tree, tmp_path):
  script = f"""
import os, signal
from noisy_jax.data import webvision, webvision_files
def read(*arguments):
  for count, pair in enumerate(original(*arguments)):
    if count == 3: os.kill(os.getpid(), signal.SIGKILL)
    yield pair
original, webvision_files.read_images = webvision_files.read_images, read
webvision.prepare("mini", manual_dir={str(tree)!r}, data_dir={str(tmp_path / "sets")!r})
"""
  done = subprocess.run([sys.executable, "-c", script], capture_output=True)
  assert done.returncode == -signal.SIGKILL
  assert list(tmp_path.glob("sets/webvision/mini/incomplete.*"))
  assert not list(tmp_path.glob("sets/webvision/mini/1.*"))
  with pytest.raises(FileNotFoundError, match="no webvision/mini in"):
    load(tmp_path)
  assert prepare(tree, tmp_path)[1] == "  train: 6 images"
  assert len(load(tmp_path).train_labels) == 6
  assert not list(tmp_path.glob("sets/webvision/mini/incomplete.*"))


def test_two_at_once_are_refused(tree, tmp_path):
  folder = tmp_path / "sets" / "webvision" / "mini"
  folder.mkdir(parents=True)
  with open(folder / ".preparing", "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.raises(OSError, match="data_dir: another process is preparing"):
      prepare(tree, tmp_path)
  prepare(tree, tmp_path)


@pytest.mark.parametrize(
  "name, old, new, message",
  [
    ("train_filelist_google.txt", b"\n", b"\n\xe9",
     r"line 2 of .*train_filelist_google\.txt has the byte 0xe9, must be text"),
    ("val_filelist.txt", b"val000001.jpg 1", b"val000001.jpg",
     r"'val000001\.jpg' in .*val_filelist\.txt, must be PATH LABEL"),
    ("synsets.txt", b"n00000007 ", b"",
     r"'class 7, another word' in .*, must begin with a synset"),
    ("synsets.txt", b"\nn00000999 class 999, another word", b"",
     r"synsets\.txt has 999 lines, must be 1000"),
    ("train_filelist_flickr.txt", None, None,
     r"manual_dir: no file .*info/train_filelist_flickr\.txt"),
    ("../flickr", None, None,
     r"manual_dir: no folder .*flickr, for the images of .*flickr\.txt"),
  ],
)  # fmt: skip
def test_another_layout_is_told(tree, tmp_path, name, old, new, message):
  path = tree / "info" / name
  if old is None:
    path.rename(tree / "gone")
  else:
    path.write_bytes(path.read_bytes().replace(old, new, 1))
  with pytest.raises((OSError, ValueError), match=message):
    prepare(tree, tmp_path, "full")


def test_arguments_are_checked(tree, tmp_path):
  with pytest.raises(ValueError, match="config: 'tiny', must be full or mini"):
    prepare(tree, tmp_path, "tiny")
  with pytest.raises(FileNotFoundError, match="manual_dir: no folder"):
    prepare(tmp_path / "nowhere", tmp_path)
  flat = tmp_path / "flat"
  (flat / "val").mkdir(parents=True)
  with pytest.raises(FileNotFoundError, match="val must hold one folder a class"):
    prepare(tree, tmp_path, imagenet_dir=flat)


def test_none_readable_is_an_error(tree, tmp_path):
  for file in (tree / "val_images_256").iterdir():
    file.write_bytes(b"")
  with pytest.raises(OSError, match="validation: none of 3 images can be read"):
    prepare(tree, tmp_path)


def test_unprepared_set_says_what_to_run(tmp_path):
  with pytest.raises(FileNotFoundError) as raised:
    data.load("webvision/mini", tmp_path, download=True)
  assert str(raised.value).endswith(
    "run: noisy-jax prepare-webvision --config=mini --manual_dir=FILES "
    f"--data_dir={tmp_path}"
  )
  assert not os.listdir(tmp_path)


def test_command(tree, tmp_path):
  command = [sys.executable, "-m", "experiments.prepare_webvision", f"--manual_dir={tree}"]
  command.append(f"--data_dir={tmp_path / 'sets'}")
  done = subprocess.run(command, capture_output=True, text=True)
  assert done.returncode == 0, done.stderr
  assert "  train: 6 images\n  validation: 3 images\n" in done.stdout
