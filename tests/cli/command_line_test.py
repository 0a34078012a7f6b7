import os
import subprocess
import sys

import pytest
from absl import flags

from noisy_jax.cli import command_line, train

NAMES = (*train._SETTINGS, "seeds", "workdir")


@pytest.fixture(autouse=True)
def fresh_flags():
  flags.FLAGS.unparse_flags()
  for name in NAMES:
    flags.FLAGS[name].unparse()


@pytest.mark.parametrize(
  "argument, message",
  [
    ("--nonesterov=false", "--nonesterov=false: must be --nonesterov alone, or --nesterov"),
    ("--nesterov=maybe", "nesterov: 'maybe', must be true or false"),
    ("--epochs=two: 2", "epochs: 'two', must be an integer"),
    ("--seeds=1001", "seeds: '1001', must be an integer in the range [1, 1000]"),
    ("--logit_bias=much", "logit_bias: 'much', must be a number or auto"),
    ("--widths=", "widths: '', must be integers with commas between them"),
    ("--workdir=", "workdir: '', must be a path; . is the working directory"),
    ("--learning_rat=1", "Unknown command line flag 'learning_rat'. Did you mean: learnin"),
    ("--epochs", "Missing value for flag --epochs"),
    ("--epochs=\n", "epochs: '\\n', must be an integer"),
  ],
)
def test_a_flag_that_cannot_be_read_is_named_with_what_would_be_right(argument, message):
  with pytest.raises(SystemExit) as ended:
    command_line.parse(["train", argument])
  assert ended.value.code.startswith(f"error: {message}")
  assert "\n" not in ended.value.code


def test_flags_that_must_be_given_are_named_once_each():
  values = flags.FlagValues()
  flags.DEFINE_enum("kind", None, ["a", "b"], "Which.", flag_values=values, required=True)
  flags.DEFINE_string("name", None, "What.", flag_values=values, required=True)
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(flags, "FLAGS", values)
    with pytest.raises(SystemExit) as ended:
      command_line.parse(["command"])
    assert ended.value.code == "error: kind: None, must be given; name: None, must be given"
    with pytest.raises(SystemExit) as ended:
      command_line.parse(["command", "--name=x", "--kind=c"])
    assert ended.value.code == "error: kind: 'c', must be one of a, b"


def test_what_is_right_is_read():
  assert command_line.parse(["train", "--nonesterov", "--epochs=2"]) == ["train"]
  assert (train._SETTINGS["nesterov"].value, train._SETTINGS["epochs"].value) == (False, 2)


@pytest.mark.parametrize("command", ["train", "paper.figures"])
def test_devices_that_are_not_there_are_one_line(command, tmp_path):
  done = subprocess.run(
    [sys.executable, "-m", f"experiments.{command}"],
    capture_output=True,
    text=True,
    env={**os.environ, "JAX_PLATFORMS": "nothing"},
  )
  assert done.returncode == 1
  assert done.stderr.startswith("error: JAX_PLATFORMS: 'nothing', must name devices that")
  assert done.stderr.count("\n") == 1


def test_an_error_of_another_kind_keeps_its_traceback(monkeypatch):
  def run(main, flags_parser):
    del flags_parser
    main(["command"])

  def broken(argv):
    raise KeyError(argv[0])

  monkeypatch.setattr("absl.app.run", run)
  with pytest.raises(KeyError, match="command"):
    command_line.run(broken)
