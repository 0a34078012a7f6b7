"""How valid texts, bytes and JSON become malformed, and what a refusal must look like."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

# What means something to a parser on the way, or what none expects.
_ODD = list("()[]{}<>:,.;+-*/=#'\"\\ \t\n%&|!?_^~$@0123456789eExnaifNT\0é²٣😀\udcff")
_ODD += ["nan", "inf", "1e39", "1e400", "1e-400", "9" * 30, "9" * 5000, "(" * 250, "-1"]

# Of other types than expected, or beyond what an integer or a float32 can hold.
_NUMBERS = (True, -1, 0, 2.5, 1e39, 1e400, float("nan"), 10**30, 10**400)
ODD_VALUES = [*_NUMBERS, None, "", "x", "1", [], [1, "a"], [[]], {}, {"a": 1}]
VALUES = st.sampled_from(ODD_VALUES)

# Files that hold something else altogether.
FILES = st.sampled_from(
  [
    *(b"", b"\0" * 64, b"null", b"[1]", b"{}", b"1e999", b"9" * 5000, b"\xff\xfe\xfa"),
    *(b"[" * 100_000, b'{"a":' * 20_000, b"PK\x05\x06" + b"\0" * 18),
    b"\x80\x04\x95\x05\0\0\0\0\0\0\0\x8c\x01a\x94.",
    b"\x93NUMPY\x01\0v\0{'descr': '<f8', 'fortran_order': False, "
    b"'shape': (9999999, 99999)}\n\n",
  ]
)


@st.composite
def texts(draw: st.DrawFn, *valid: str) -> str:
  """A valid text with up to three places deleted, or replaced by something odd."""
  text = draw(st.sampled_from(valid))
  for _ in range(draw(st.integers(0, 3))):
    at = draw(st.integers(0, len(text)))
    odd = draw(st.just("") | st.sampled_from(_ODD))
    text = text[:at] + odd + text[at + draw(st.integers(0, 4)) :]
  return text


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
  """The bytes cut short, or with up to eight bits flipped; or another file."""
  match draw(st.integers(0, 3)):
    case 0:
      return content[: draw(st.integers(0, len(content) - 1))]
    case 1:
      return draw(FILES)
  flipped = bytearray(content)
  bits = st.integers(0, 8 * len(content) - 1)
  for bit in draw(st.lists(bits, min_size=1, max_size=8, unique=True)):
    flipped[bit // 8] ^= 1 << bit % 8
  return bytes(flipped)


@st.composite
def changed(draw: st.DrawFn, content: dict[str, Any]) -> dict[str, Any]:
  """A JSON object with a field removed, added, renamed or given an odd value."""
  content, name = dict(content), draw(st.sampled_from(sorted(content)))
  match draw(st.integers(0, 5)):
    case 0:
      del content[name]
    case 1:
      content["another"] = draw(VALUES)
    case 2:
      content[f"{name}s"] = content.pop(name)
    case _:
      content[name] = draw(VALUES)
  return content


def accepted(call: Callable[[], T], names: Iterable[str], given: object = "") -> T | None:
  """What a call returns; None if it refuses its input as users are to be refused.

  A refusal is one line, with one of the names in it; the line breaks of what was given it
  may repeat.
  """
  try:
    return call()
  except (ValueError, TypeError, OSError) as error:
    said = str(error)
    assert any(name in said for name in names), said
    assert len(said.splitlines()) == 1 or len(str(given).splitlines()) > 1, said
    return None
