"""Methods by their short names, as the flag writes them: elr, or elr(lam=7, beta=0.9)."""

import ast
import dataclasses
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from noisy_jax.losses import Loss
from noisy_jax.losses.names import keyword_defaults
from noisy_jax.methods.car import car
from noisy_jax.methods.elr import elr
from noisy_jax.methods.marvel import marvel, marvel_plus
from noisy_jax.methods.meta import meta
from noisy_jax.methods.method import Method, plain
from noisy_jax.methods.sr import sr

NAMES: dict[str, Callable[..., Method]] = {
  "sr": sr,
  "elr": elr,
  "car": car,
  "marvel": marvel,
  "marvel_plus": marvel_plus,
  "meta": meta,
}
"""From a name to the function of a loss and hyperparameters that makes the method."""

NONE = "none"
"""What `parse` takes for the loss by itself."""

_KINDS = {bool: "True or False", int: "an integer", float: "a number"}
# Methods compute in float32, and count in 32 bits.
_LARGEST = {float: float(np.finfo(np.float32).max), int: 2**31 - 1}


@dataclasses.dataclass(frozen=True)
class MethodSpec:
  """A method and its hyperparameters; its `str` parses to the same.

  Attributes:
    name: a key of `NAMES`, or `NONE`.
    keywords: hyperparameters that are given, by name.
  """

  name: str
  keywords: tuple[tuple[str, Any], ...] = ()

  def __str__(self) -> str:
    given = ", ".join(f"{keyword}={value!r}" for keyword, value in self.keywords)
    return f"{self.name}({given})" if given else self.name

  def around(self, loss: Loss) -> Method:
    """The method around a loss.

    Args:
      loss: function of (logits, labels), one value per example.

    Returns:
      `Method`.

    Raises:
      ValueError: if a hyperparameter is out of range, or the method needs another loss.
    """
    if self.name == NONE:
      return plain(loss)
    try:
      return NAMES[self.name](loss, **dict(self.keywords))
    except ValueError as error:
      raise ValueError(f"method: {self.name}: {error}") from None


def parse(text: str) -> MethodSpec:
  """The method that a text describes.

  Args:
    text: `NONE`, for the loss by itself, or a key of `NAMES`, alone or with keywords of its
      function in brackets; nothing is evaluated.

  Returns:
    `MethodSpec`, whose values may still be out of range.

  Raises:
    ValueError: if the text is not of that form, or names something unknown, with what is
      known.
  """
  if text == NONE:
    return MethodSpec(NONE)
  name, call = _name_and_call(text)
  known = defaults(name)
  takes = f"{name} takes {', '.join(known)}"
  given: dict[str, Any] = {}
  for keyword in call.keywords if call else ():
    if keyword.arg not in known:
      raise ValueError(f"method: unknown keyword {keyword.arg!r}; {takes}")
    if keyword.arg in given:
      raise ValueError(f"method: keyword {keyword.arg!r} occurs twice; {takes}")
    kind = type(known[keyword.arg])
    given[keyword.arg] = _value(keyword, kind)
  return MethodSpec(name, tuple(given.items()))


def defaults(name: str) -> dict[str, Any]:
  """The hyperparameters of a method and their defaults.

  Args:
    name: a key of `NAMES`.

  Returns:
    Keyword to default, in the order of the signature.
  """
  return keyword_defaults(NAMES[name])


def _name_and_call(text):
  known = f"known: {NONE}, {', '.join(NAMES)}; an example: elr(lam=7, beta=0.9)"
  try:
    with warnings.catch_warnings():
      # What Python warns of, such as 1if, is no method either.
      warnings.simplefilter("error")
      tree = ast.parse(text.strip(), mode="eval").body
  except (SyntaxError, ValueError, RecursionError, MemoryError):
    tree = None
  # Python would pass over a comment, and over keywords in it.
  match None if "#" in text else tree:
    case ast.Name(id=name):
      call = None
    case ast.Call(func=ast.Name(id=name), args=[]) as call:
      pass
    case _:
      text = text if len(text) <= 60 else f"{text[:57]}..."
      raise ValueError(f"method: {text!r} is no method with keywords; {known}")
  if name not in NAMES:
    raise ValueError(f"method: unknown {name[:60]!r}; {known}")
  return name, call


def _value(keyword, kind):
  try:
    value = ast.literal_eval(keyword.value)
  except (ValueError, TypeError):
    value = None
  is_number_like = kind is float and type(value) is int
  fits = type(value) is kind or is_number_like
  # Comparing does for integers of any size, and is false for NaN.
  if not fits or (kind in _LARGEST and not abs(value) <= _LARGEST[kind]):
    given, wanted = ast.unparse(keyword.value), _KINDS[kind]
    given = given if len(given) <= 30 else f"{given[:27]}..."
    most = f" up to {_LARGEST[kind]:g}" if fits else ""
    raise ValueError(f"method: {keyword.arg}: {given}, must be {wanted}{most}")
  return kind(value)
