import json

import pytest

from noisy_jax import analysis, data, training
from noisy_jax.cli import auto_loss
from tests.cli.train_test import TINY, run

SETTINGS = ("loss", "logit_bias", "bias_schedule", "method")


class Streamed:
  """All that is asked of a data set."""

  is_streamed = True
  num_classes = 50


def test_the_config_has_what_was_recommended(tmp_path, capsys):
  arguments = ["--dataset=digits20", "--noise_rate=0.6", "--epochs=12", "--widths=2"]
  arguments += ["--batch_size=4096", f"--workdir={tmp_path}/run"]
  assert run("--loss=auto", *arguments) is None
  out = capsys.readouterr().out
  expected = analysis.recommend(20, "symmetric", 0.6, 12)
  lines = f"recommended: {expected}".splitlines()
  assert [line for line in out.splitlines() if line in lines] == lines
  config = json.loads((tmp_path / "run" / "config.json").read_text())
  assert [config[name] for name in SETTINGS] == ["mae", "auto", "fading", "none"]
  assert config["chosen"]["logit_bias"] == expected.logit_bias
  # The flags that it prints are the same run, and so is another auto.
  for again in (["--loss=auto"], expected.flags.split()):
    assert run(*again, *arguments) is None
    out = capsys.readouterr().out
    assert "holds this run, finished; nothing to do" in out
    assert "recommended" not in out


@pytest.mark.parametrize(
  "flag",
  [
    "--logit_bias=0",
    "--bias_schedule=constant",
    "--q_schedule=rising",
    "--method=none",
    "--correction=forward:matrix.npy",
  ],
)
def test_what_it_decides_may_not_stand_beside_it(flag, capsys):
  name = flag.partition("=")[0].removeprefix("--")
  message = run("--loss=auto", flag, *TINY)
  assert message.startswith(f"error: {name}: ")
  assert message.endswith("must be left out with loss auto, which decides it")
  assert "\n" not in message
  assert capsys.readouterr().out == ""


def test_other_mistakes_are_told_as_ever():
  message = run("--loss=auto", "--dataset=npz:none")
  assert message == "error: dataset: npz:none, there is no such file"
  assert run("--loss=auto", "--epochs=0").startswith("error: epochs: 0, must be ")


@pytest.mark.parametrize(
  "settings, arguments",
  [
    ({}, (20, None, None, 40)),
    ({"noise": "pairflip"}, (20, None, None, 40)),
    ({"noise": "pairflip", "noise_rate": 0.3}, (20, "pairflip", 0.3, 40)),
    ({"noise": "matrix:file.npy", "epochs": 3}, (20, "matrix:file.npy", None, 3)),
    ({"noise": "open_set:8", "noise_rate": 0.3}, (12, "open_set:8", 0.3, 40)),
  ],
)
def test_the_noise_is_that_of_the_flags_and_unknown_without_any(settings, arguments):
  config = training.TrainConfig(**{"dataset": "digits20", "epochs": 40} | settings)
  found = auto_loss.recommend(config, data.digits(20, train_size=40))
  assert found == analysis.recommend(*arguments)


def test_a_streamed_set_gets_no_method():
  found = auto_loss.recommend(training.TrainConfig(epochs=40), Streamed())
  assert found == analysis.recommend(50, None, None, 40, loss_alone=True)
  assert found.method == "none"
