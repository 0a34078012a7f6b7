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


def test_one_argument_is_taken_and_none_or_two_end_the_command():
  def of(*arguments):
    argv = ["noisy-jax apply", *arguments]
    return messages.one_argument(argv, "AUDIT", "directory of an audit")

  assert of("a b") == "a b"
  for arguments, message in (
    ((), "AUDIT: missing, must be the directory of an audit; -h shows an example"),
    (("a", "b"), "unexpected argument 'b' after AUDIT 'a', the directory of an audit"),
  ):
    with pytest.raises(SystemExit) as ended:
      of(*arguments)
    assert ended.value.code == f"error: {message}"
