"""What one malformed input is, and how valid text, bytes and JSON become malformed."""

import json
import pathlib
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

# Characters that mean something to a parser on the way, or that none expects.
_ODD = "()[]{}<>:,.;+-*/=#'\"\\ \t\n%&|!?_^~$@0123456789eExnaifNT\0\u00e9"
_ODD += "\u00b2\u0663\U0001f600\udcff"


class Answer(NamedTuple):
  """How a command ended.

  Attributes:
    status: what a shell would see; None if it hung or its process died.
    message: of sys.exit, or of absl where flags cannot be read.
    out: standard output.
    err: standard error, without the message.
  """

  status: int | None
  message: str
  out: str
  err: str


class Case(NamedTuple):
  """One input.

  Attributes:
    command: a module with a main, such as experiments.train.
    arguments: its command line.
    shown: the input in words, for the report.
    names: where the input is refused, the line has one of these in it.
    problem: where it is accepted, what is wrong with the result; None if nothing is.
  """

  command: str
  arguments: Sequence[str]
  shown: str
  names: Sequence[str]
  problem: Callable[[Answer], str | None]


def judge(case: Case, answer: Answer) -> tuple[str, str]:
  """How an input ended.

  Args:
    case: the input.
    answer: of its command.

  Returns:
    refused, accepted or failed; and what is wrong, if it failed.
  """
  if answer.status is None:
    return "failed", answer.message
  if "Traceback" in answer.err or "Exception ignored" in answer.err:
    return "failed", "traceback: " + answer.err.strip().splitlines()[-1][:300]
  if answer.status == 0:
    wrong = case.problem(answer)
    return ("failed", wrong) if wrong else ("accepted", "")
  said = (answer.err + answer.message).strip()
  if answer.status not in (1, 2):
    return "failed", f"status {answer.status}: {said[:300]}"
  if len(said.splitlines()) != 1:
    return "failed", f"{len(said.splitlines())} lines: {said[:300]!r}"
  if not any(name in said for name in case.names):
    return "failed", f"does not name {' or '.join(case.names)}: {said[:300]}"
  return "refused", ""


def texts(
  rng: random.Random, count: int, written: Sequence[str], valid: Sequence[str]
) -> Iterator[str]:
  """Half of the texts are written by hand, the others are valid ones, mutated.

  Args:
    rng: decides all.
    count: how many.
    written: malformed or at the edge; none comes twice.
    valid: texts to mutate.

  Yields:
    Texts.
  """
  by_hand = rng.sample(written, min(len(written), (count + 1) // 2))
  yield from by_hand
  for _ in range(count - len(by_hand)):
    yield mutated(rng, rng.choice(valid))


def mutated(rng: random.Random, text: str) -> str:
  """The text after one to three changes of a character: deleted, doubled, swapped ..."""
  for _ in range(rng.randint(1, 3)):
    at = rng.randrange(len(text)) if text else 0
    left, here, right = text[:at], text[at : at + 1], text[at + 1 :]
    text = rng.choice(
      [
        left + right,
        left + 2 * here + right,
        left + right[:1] + here + right[1:],
        left + rng.choice(_ODD) + right,
        left + rng.choice(_ODD) + here + right,
        left,
      ]
    )
  return text


def damaged(rng: random.Random, content: bytes) -> tuple[bytes, str]:
  """The bytes cut short at a random place, or with one to eight flipped; and which."""
  if not content or rng.random() < 0.4:
    length = rng.randrange(len(content)) if content else 0
    return content[:length], f"cut to {length} of {len(content)} bytes"
  flipped = bytearray(content)
  places = sorted(rng.sample(range(len(flipped)), min(len(flipped), rng.randint(1, 8))))
  for place in places:
    flipped[place] ^= 1 << rng.randrange(8)
  return bytes(flipped), f"bits flipped in bytes {places}"


def damage_file(rng: random.Random, path: pathlib.Path) -> str:
  """Damages a file in place, and says how."""
  content, how = damaged(rng, path.read_bytes())
  path.write_bytes(content)
  return f"{path.name} {how}"


# Of other types than expected, or beyond what an integer or a float32 can hold.
ODD_VALUES: tuple[Any, ...] = (
  None,
  True,
  -1,
  0,
  2.5,
  1e400,
  -1e400,
  float("nan"),
  10**30,
  10**400,
  "",
  "x",
  "1",
  [],
  [1, "a"],
  [[]],
  {},
  {"a": 1},
)


def changed_json(rng: random.Random, content: Any) -> tuple[Any, str]:
  """A JSON object with a field removed, added, renamed or given an odd value; and which."""
  content = dict(content)
  name = rng.choice(sorted(content))
  match rng.randrange(5):
    case 0:
      del content[name]
      return content, f"without {name}"
    case 1:
      content["another"] = rng.choice(ODD_VALUES)
      return content, "with a field of another name"
    case 2:
      content[name + "s"] = content.pop(name)
      return content, f"{name} renamed"
  old = content[name]
  content[name] = rng.choice([v for v in ODD_VALUES if repr(v) != repr(old)])
  return content, f"{name} {json.dumps(content[name])[:40]}"


# Where a flag wants a number, a word or a list of these.
ODD_TEXTS = (
  *("", "x", "nan", "inf", "-inf", "-1", "0", "1e400", "1e-400", "9" * 30, "9" * 5000),
  *("1.5", "true", "None", "\u0663", " 2", "2 ", "0x10", "1_0", "1,2", "\udcff", "a\nb"),
  "--",
)

# Where a flag wants a file or a directory.
ODD_PLACES = (
  *("", ".", "/", "/dev/null", "/dev/null/x", "/proc/x", "/dev/full", "x" * 300, "~"),
  *("\udcff/none/x", "a\nb/c", "/none/at all", "-", "$_{/none"),
)

# Files that hold something else altogether.
ODD_FILES = (
  b"",
  b"\0" * 64,
  b"\x80\x04\x95\x05\0\0\0\0\0\0\0\x8c\x01a\x94.",
  b"null",
  b"[1]",
  b"{}",
  b'"text"',
  b"1e999",
  b"9" * 5000,
  b"[" * 100_000,
  b'{"a":' * 20_000,
  b"\xff\xfe\xfa",
  "{\ud800}".encode("utf-8", "surrogatepass"),
  b"PK\x05\x06" + b"\0" * 18,
  b"\x93NUMPY\x01\0v\0{'descr': '<f8', 'fortran_order': False, 'shape': (9999999, 99999)}"
  b"\n\n",
)


def within(low: float, high: float, value: Any) -> bool:
  """Whether it is a number in [low, high]."""
  return type(value) in (int, float) and low <= value <= high
