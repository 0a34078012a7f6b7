import pytest

from noisy_jax import runs
from noisy_jax.cli import messages


@pytest.mark.parametrize(
  "text, expected",
  [("plain é", "plain é"), ("a\nb\t", r"a\nb\t"), ("\udcff\0", r"\udcff\x00")],
)
def test_what_cannot_be_printed_is_escaped(text, expected):
  assert messages.one_line(text) == expected


def test_a_failure_is_one_line_and_a_status():
  with pytest.raises(SystemExit) as ended:
    messages.fail(ValueError("x:\n1"))
  assert ended.value.code == "error: x:\\n1"


@pytest.mark.parametrize(
  "raised, code, printed",
  [
    (OSError("x:\n1"), "error: x:\\n1", ""),
    (runs.Stopped("stopped in epoch 2", 143), 143, "stopped in epoch 2\n"),
    (KeyboardInterrupt(), "interrupted", ""),
    (OverflowError("x"), "error: OverflowError (x): an input is too large, must be smaller",
     ""),
  ],
)  # fmt: skip
def test_what_ends_a_command_is_one_line(raised, code, printed, capsys):
  with pytest.raises(SystemExit) as ended, messages.ending_in_one_line(ValueError, OSError):
    raise raised
  assert ended.value.code == code
  assert capsys.readouterr().out == printed


def test_what_is_not_expected_keeps_its_traceback():
  with pytest.raises(KeyError), messages.ending_in_one_line(ValueError, OSError):
    raise KeyError("x")
