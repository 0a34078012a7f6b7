"""What commands print stays on one line, whatever a file is called."""

import pytest

from experiments import messages


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
