import importlib.util
import json
import subprocess
import sys

import jax
import numpy as np
import pytest

from noisy_jax.cli import train
from noisy_jax.sweeps import recipes
from tests import commands, tfds_sets

SUMMARY = dict.fromkeys(("test_accuracy", "best_test_accuracy", "best_epoch", "seconds"), 0)
TINY = ["--dataset=digits2", "--widths=4", "--epochs=1", "--batch_size=512"]


OTHERS = ("recipe", "data_dir", "workdir", "seeds", "download", "tensorboard")
run = commands.runner(train, (*train._SETTINGS, *OTHERS))


@pytest.mark.parametrize(
  "arguments, message",
  [
    (["--loss=mea"], "error: loss: column 1: unknown 'mea'; known: ce, ls, mae"),
    (["--dataset=cifar11"], "error: dataset: unknown 'cifar11'; known: digits2 ... digits"),
    (["--batch_size=6"], "error: batch_size: 6, must be a multiple of 4, for the 4"),
    (["--dataset=cifar10", "--data_dir=/nowhere"], "error: data_dir: no cifar10 in"),
    (["--noise=matrix:none.npy"], "error: noise: matrix:none.npy: No such file or direc"),
    (["--noise=open_set:npz:none.npz"], "error: noise: open_set:npz:none.npz: dataset: n"),
    (["--noise=asymmetric"], "error: noise: digits100 has no map; choose asymmetric:MAP"),
    (["--imbalance=exp:9999"], "error: imbalance: 'exp:9999': ratio: 9999, must be in [1"),
    (["--dataset=folder:/no"], "error: dataset: folder:/no, there is no such folder"),
    (["--dataset=npz:README.md"], "error: dataset: npz:README.md cannot be read as arrays"),
    (["--dataset=coco"], "error: dataset: 'coco', its description cannot be read without"),
    (["--tensorboard"], "error: tensorboard: true, must come with a workdir, where its"),
    (["digits10"], "error: unexpected argument 'digits10'"),
  ],
)
def test_bad_input_gets_one_line_before_compiling(arguments, message, capsys, caplog):
  with jax.log_compiles():
    code = run(*arguments)
  assert code.startswith(message)
  assert "\n" not in code
  assert capsys.readouterr().out == ""
  assert not [text for text in caplog.messages if text.startswith("Compiling")]


def test_a_run_and_its_repetition(tmp_path, capsys):
  arguments = [*TINY, "--loss=gce", "--logit_bias=auto", f"--workdir={tmp_path}/run"]
  assert run(*arguments) is None
  first = capsys.readouterr().out
  assert "40,000 examples, 2 classes of 20,000 each, 0.0% wrong labels" in first
  assert "gce with logit bias 0 (not needed: 2 classes are no more than 10)" in first
  config = json.loads((tmp_path / "run" / "config.json").read_text())
  assert config["logit_bias"] == "auto"
  assert config["widths"] == [4]
  assert config["chosen"] == {"loss": "gce", "logit_bias": 0}
  before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "run").iterdir()}
  assert run(*arguments) is None
  assert "holds this run, finished; nothing to do" in capsys.readouterr().out
  assert run(*arguments, "--seed=4").startswith(f"error: workdir: {tmp_path}/run holds")
  assert {p.name: p.stat().st_mtime_ns for p in (tmp_path / "run").iterdir()} == before


@pytest.mark.parametrize("place", ["file", "file/below", "file/far/below"])
def test_a_workdir_that_cannot_be_is_named_before_training(place, tmp_path, capsys):
  (tmp_path / "file").write_text("")
  message = run(*TINY, f"--workdir={tmp_path}/{place}")
  assert message == f"error: workdir: {tmp_path}/file is a file, must be a directory"
  assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", ["", '{"epochs": 1', "[1]", "null"])
def test_a_damaged_workdir_is_named(content, tmp_path):
  (tmp_path / "config.json").write_text(content)
  message = run(*TINY, f"--workdir={tmp_path}")
  assert message.startswith(f"error: workdir: {tmp_path}/config.json is damaged")


def test_ctrl_c_ends_with_one_word(monkeypatch):
  def interrupted(*_, **__):
    raise KeyboardInterrupt

  monkeypatch.setattr("noisy_jax.runs.runner.train", interrupted)
  assert run(*TINY) == "interrupted"


def test_a_folder_of_200_classes_trains_like_any_set(tmp_path, monkeypatch, capsys):
  monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
  for split, size in (("train", 3), ("test", 1)):
    for c in range(200):
      place = tmp_path / "set" / split / f"class {c:03d}"
      place.mkdir(parents=True)
      for i in range(size):
        (place / f"{i}.png").write_bytes(tfds_sets.encoded(c, height=2, width=3 + i))
  arguments = [f"--dataset=folder:{tmp_path}/set", "--widths=4", "--epochs=1"]
  assert "--image_size=N makes all of them N by N" in run(*arguments)
  noise = ["--noise=pairflip", "--noise_rate=0.3", f"--workdir={tmp_path}/run"]
  assert run(*arguments, "--image_size=2", *noise) is None
  out = capsys.readouterr().out
  # Of each class one label in three is as near to 30 % as it gets.
  size = "600 examples, 200 classes of 3 each"
  assert f"{size}, labels as given, 30.0% of them made wrong" in out
  summary = json.loads((tmp_path / "run" / "summary.json").read_text())
  assert (summary["num_classes"], summary["train_examples"]) == (200, 600)
  assert summary["labels_trusted"] is False
  assert summary["smallest_class_size"] == summary["largest_class_size"] == 3
  assert summary["realised_noise_rate"] == 0.3
  labels = np.load(tmp_path / "run" / "labels.npz")
  folders = [id_.split("/")[1] for id_ in labels["ids"]]
  assert folders == [f"class {c:03d}" for c in labels["clean"]]


def test_an_npz_file_with_a_long_tail_tells_its_class_counts(tmp_path, capsys):
  labels = np.repeat(np.arange(10), 40)
  images = np.repeat(labels, 16).reshape(-1, 4, 4).astype(np.uint8)
  np.savez(
    tmp_path / "set.npz",
    train_images=images,
    train_labels=labels,
    test_images=images[::40],
    test_labels=labels[::40],
  )
  arguments = [f"--dataset=npz:{tmp_path}/set.npz", "--widths=4", "--epochs=1"]
  assert run(*arguments, "--imbalance=exp:10", f"--workdir={tmp_path}/run") is None
  out = capsys.readouterr().out
  assert "10 classes of 4 to 40 each, labels as given\n" in out
  assert "wrong" not in out
  assert "clean" not in out
  summary = json.loads((tmp_path / "run" / "summary.json").read_text())
  # Nobody knows how many labels of a user's own are wrong.
  unknown = ("realised_noise_rate", "memorised", "corrected", "declared_precision")
  assert [summary[name] for name in unknown] == [None] * 4
  assert summary["smallest_class_size"] == 4
  assert summary["largest_class_size"] == 40
  clean = np.load(tmp_path / "run" / "labels.npz")["clean"]
  assert summary["train_examples"] == len(clean)
  np.testing.assert_array_equal(np.bincount(clean)[[0, 9]], [40, 4])


def test_what_is_chosen_for_images_is_told(tmp_path, monkeypatch, capsys):
  monkeypatch.setattr(train, "_train", lambda setup, seeds: [SUMMARY])
  path = tmp_path / "set.npz"

  def started(side, *arguments):
    images = np.zeros((20, side, side, 3), np.uint8)
    labels = np.arange(20) % 2
    test = dict(test_images=images, test_labels=labels)
    np.savez(path, train_images=images, train_labels=labels, **test)
    return run(f"--dataset=npz:{path}", "--batch_size=4", *arguments)

  assert started(8) is None
  out = capsys.readouterr().out
  assert "chosen for these images: --model=cnn5 --learning_rate=0.03\n" in out
  assert "nothing is saved, as there is no --workdir\n" in out
  assert started(7, "--learning_rate=1") == (
    "error: model: cnn5, which is the default for this data set: images: 7 x 7, must be at "
    "least 8 x 8 to be halved 3 times; --model=mlp takes any size"
  )
  capsys.readouterr()
  assert started(7, "--model=mlp", f"--workdir={tmp_path}/run") is None
  out = capsys.readouterr().out
  assert "chosen for these images" not in out
  assert "nothing is saved" not in out


def test_foreign_images_are_told(capsys):
  arguments = ["--dataset=digits4", "--noise=open_set:2", "--noise_rate=0.1"]
  assert run(*TINY, *arguments) is None
  out = capsys.readouterr().out
  assert "2 classes of 10,000 each, 0.0% wrong labels" in out
  assert "10.0% of the images are foreign" in out


def test_help_shows_defaults_that_can_be_typed_and_names_the_recipes():
  command = [sys.executable, "-m", "experiments.train", "-h"]
  done = subprocess.run(command, capture_output=True, text=True)
  assert done.returncode == 0
  assert "(default: '1024,1024')" in done.stdout
  assert "--logit_bias=auto \\\n" in done.stdout
  text = " ".join(done.stdout.split())
  assert "--recipe: Settings of a published experiment: " in text
  # Lines may break at the hyphen of a name.
  assert ",".join(recipes.RECIPES) in text.replace(" ", "")


def test_the_head_lines_name_the_method(monkeypatch, capsys):
  monkeypatch.setattr(train, "_train", lambda setup, seeds: [SUMMARY])
  assert run(*TINY, "--method=elr(lam=7)", "--logit_bias=2") is None
  assert "ce with logit bias 2 (as set), by elr(lam=7)\n" in capsys.readouterr().out


def test_divergence_is_told_in_one_line(capsys):
  code = run(*TINY, "--learning_rate=1e30", "--clip_norm=1e30", "--epochs=3")
  assert code.startswith("error: the loss is ")
  assert " in epoch 1, step 2; try a learning_rate below 1e+30" in code


def test_too_little_memory_is_told_in_one_line(monkeypatch):
  def full(*_, **__):
    raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory\nmore")

  monkeypatch.setattr("noisy_jax.runs.runner.train", full)
  code = run(*TINY)
  assert code.startswith("error: not enough memory on the device (RESOURCE_EXHAUSTED: Out")
  assert "\n" not in code


def test_a_shell_sees_the_message_and_the_status():
  command = [sys.executable, "-m", "experiments.train", "--loss=mea"]
  done = subprocess.run(command, capture_output=True, text=True)
  assert done.returncode == 1
  assert done.stderr.startswith("error: loss: column 1: unknown 'mea'; known: ce, ls, mae")
  assert done.stderr.count("\n") == 1
  assert done.stdout == ""


def test_a_missing_tensorboard_library_is_told_before_training(monkeypatch, capsys):
  find_spec = importlib.util.find_spec
  monkeypatch.setattr(
    "importlib.util.find_spec",
    lambda name, *args: None if name == "tensorboardX" else find_spec(name, *args),
  )
  message = run(*TINY, "--tensorboard", "--workdir=/nowhere")
  assert message.startswith("error: tensorboard: true, must be false without tensorboardX")
  assert capsys.readouterr().out == ""
