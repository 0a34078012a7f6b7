"""experiments/train.py as a person meets it: its messages and its exit status."""

import json
import subprocess
import sys

import jax
import pytest
from absl import flags

from experiments import train

TINY = ["--dataset=digits2", "--widths=4", "--epochs=1", "--batch_size=512"]


def run(*arguments):
  """Runs main with these flags; returns its message if it exits with one."""
  flags.FLAGS.unparse_flags()
  for name in (*train._SETTINGS, "recipe", "data_dir", "workdir", "seeds", "download"):
    flags.FLAGS[name].unparse()
  try:
    train.main(flags.FLAGS(["train", *arguments]))
  except SystemExit as error:
    return error.code
  return None


@pytest.mark.parametrize(
  "arguments, message",
  [
    (["--loss=mea"], "error: loss: column 1: unknown 'mea'; known: ce, ls, mae"),
    (
      ["--dataset=cifar11"],
      "error: dataset: unknown 'cifar11'; known: digits2 ... digits1000",
    ),
    (["--model=vgg"], "error: model: unknown 'vgg'; known: mlp"),
    (["--noise_rate=1"], "error: noise_rate: 1.0, must be in [0, 1)"),
    (["--batch_size=6"], "error: batch_size: 6, must be a multiple of 4, for the 4"),
    (
      ["--dataset=cifar10", "--data_dir=/nowhere"],
      "error: data_dir: no cifar10 in",
    ),
    (["digits10"], "error: unexpected argument 'digits10'"),
  ],
)
def test_bad_input_gets_one_line_before_anything_is_compiled(
  arguments, message, capsys, caplog
):
  with jax.log_compiles():
    code = run(*arguments)
  assert code.startswith(message)
  assert "\n" not in code
  assert capsys.readouterr().out == ""
  assert not [text for text in caplog.messages if text.startswith("Compiling")]


@pytest.mark.parametrize(
  "argument, message",
  [
    ("--logit_bias=much", "logit_bias=much: must be a number or auto"),
    ("--epochs=two", "epochs=two"),
    ("--widths=16,x", "widths=16,x"),
    ("--widths=", "widths="),
    ("--learning_rat=1", "Unknown command line flag 'learning_rat'"),
  ],
)
def test_flags_that_cannot_be_read_are_named(argument, message):
  with pytest.raises(flags.Error, match=message):
    run(argument)


def test_a_run_and_its_repetition(tmp_path, capsys):
  arguments = [*TINY, "--loss=gce", "--logit_bias=auto", f"--workdir={tmp_path}/run"]
  assert run(*arguments) is None
  first = capsys.readouterr().out
  assert "40,000 images, 2 classes of 20,000 each, 0.0% wrong labels" in first
  assert "gce with logit bias 0 (not needed: 2 classes are no more than 10)" in first
  config = json.loads((tmp_path / "run" / "config.json").read_text())
  assert config["logit_bias"] == "auto"
  assert config["widths"] == [4]
  assert config["chosen"] == {"loss": "gce", "logit_bias": 0}

  before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "run").iterdir()}
  assert run(*arguments) is None
  assert "holds this run, finished; nothing to do" in capsys.readouterr().out
  assert run(*arguments, "--seed=4").startswith(
    f"error: workdir: {tmp_path}/run holds another"
  )
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

  monkeypatch.setattr("noisy_jax.training.runner.train", interrupted)
  assert run(*TINY) == "interrupted"


def test_help_shows_defaults_that_can_be_typed(capsys):
  done = subprocess.run(
    [sys.executable, "-m", "experiments.train", "--helpshort"],
    capture_output=True,
    text=True,
  )
  assert "(default: '1024,1024')" in done.stdout
  assert "--logit_bias=auto \\\n" in done.stdout


def test_divergence_is_told_in_one_line(capsys):
  code = run(*TINY, "--learning_rate=1e30", "--clip_norm=1e30", "--epochs=3")
  assert code.startswith("error: the loss is ")
  assert " in epoch 1, step 2; try a learning_rate below 1e+30" in code


def test_a_shell_sees_the_message_and_the_status():
  command = [sys.executable, "-m", "experiments.train", "--loss=mea"]
  done = subprocess.run(command, capture_output=True, text=True)
  assert done.returncode == 1
  assert done.stderr.startswith("error: loss: column 1: unknown 'mea'; known: ce, ls, mae")
  assert done.stderr.count("\n") == 1
  assert done.stdout == ""
