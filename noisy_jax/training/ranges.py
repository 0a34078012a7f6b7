"""Ranges of the settings: a test of a value, and the range in words."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Range(NamedTuple):
  holds: Callable[[Any], bool]
  text: str


# Settings are used in float32.
_LARGEST = float(np.finfo(np.float32).max)


def _is_integer(value):
  # To Python, True is an int.
  return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value):
  # The comparison works for integers of any size, and is false for NaN.
  return (_is_integer(value) or isinstance(value, float)) and abs(value) <= _LARGEST


POSITIVE = Range(lambda x: _is_number(x) and x > 0, "a number above 0")
NOT_NEGATIVE = Range(lambda x: _is_number(x) and x >= 0, "a number from 0 up")
FRACTION = Range(lambda x: _is_number(x) and 0 <= x < 1, "in [0, 1)")
COUNT = Range(lambda x: _is_integer(x) and x >= 1, "an integer from 1 up")
# JAX keeps 32 bits of a seed: larger seeds would repeat smaller ones.
SEED = Range(lambda x: _is_integer(x) and 0 <= x < 2**32, "an integer in [0, 2^32)")
# XLA counts along an axis, and the sides of images, in 32 bits.
_WIDTH = Range(lambda x: COUNT.holds(x) and x < 2**31, "an integer in [1, 2^31)")
WIDTHS = Range(
  lambda x: isinstance(x, tuple) and len(x) > 0 and all(map(_WIDTH.holds, x)),
  "a tuple of integers from 1 up, below 2^31",
)
BIAS = Range(lambda x: x == "auto" or _is_number(x), "a number or auto")
TEXT = Range(lambda x: isinstance(x, str), "a name")
FLAG = Range(lambda x: isinstance(x, bool), "true or false")
SIZE = Range(
  lambda x: _is_integer(x) and 0 <= x < 2**16, "an integer from 0 up, below 2^16"
)


def one_of(*names):
  return Range(lambda x: x in names, f"one of {', '.join(names)}")
