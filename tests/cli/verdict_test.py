import pytest

from noisy_jax import analysis, losses
from tests import commands

with commands.flags_apart() as FLAGS:
  from noisy_jax.cli import verdict

call = commands.runner(verdict, values=FLAGS)


def test_the_answer_is_that_of_the_analysis_in_words(capsys):
  assert call("mae", "--num_classes=1000") is None
  first, pull, advice, flag = capsys.readouterr().out.splitlines()
  expected = analysis.verdict(losses.mae, 1000)
  assert first == "mae stalls on 1,000 classes"
  assert pull.startswith(f"pull: {expected.before.pull:.2g}, that of cross-entropy times")
  assert advice == expected.advice
  assert flag == "--logit_bias=auto of train adds 4.841"


def test_auto_is_calibrated_and_epochs_count(capsys):
  assert call("gce(q=auto)", "--num_classes=1000", "--epochs=100") is None
  first, _, advice, *_ = capsys.readouterr().out.splitlines()
  assert first == "gce(q=0.4815) learns on 1,000 classes"
  loss = losses.parse("gce(q=0.4815)")
  assert advice == analysis.verdict(loss, 1000, epochs=100).advice


@pytest.mark.parametrize(
  "arguments, message",
  [
    ((), "LOSS: missing, must be the loss, such as mae; -h shows an example"),
    (("mae",), "num_classes: None, must be a whole number from 2 on"),
    (("mae", "--num_classes=1"), "num_classes: 1, must be a whole number from 2 on"),
    (("mae", "--num_classes=9", "--epochs=0"), "epochs: 0, must be at least 1"),
    (("mea", "--num_classes=9"), "loss: column 1: unknown 'mea'; known: ce, ls, mae"),
    (
      ("nce(q=auto)", "--num_classes=9"),
      "loss: column 5: unknown keyword 'q'; nce takes no keywords",
    ),
  ],
)
def test_what_has_no_verdict_is_one_line(arguments, message):
  found = call(*arguments)
  assert found.startswith(f"error: {message}")
  assert "\n" not in found
