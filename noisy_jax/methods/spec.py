"""Methods by their short names in flags, such as elr or elr(lam=7, beta=0.9)."""

import ast
import dataclasses
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from noisy_jax.losses import Loss
from noisy_jax.losses.names import keyword_defaults
from noisy_jax.methods.aum import aum
from noisy_jax.methods.car import car
from noisy_jax.methods.elr import elr
from noisy_jax.methods.marvel import marvel, marvel_plus
from noisy_jax.methods.meta import meta
from noisy_jax.methods.method import Method, plain
from noisy_jax.methods.nal import nal
from noisy_jax.methods.ogc import ogc
from noisy_jax.methods.selc import selc
from noisy_jax.methods.sr import sr

NAMES: dict[str, Callable[..., Method]] = {
  "sr": sr,
  "elr": elr,
  "ogc": ogc,
  "selc": selc,
  "car": car,
  "nal": nal,
  "marvel": marvel,
  "marvel_plus": marvel_plus,
  "meta": meta,
  "aum": aum,
}
"""Functions of (loss, hyperparameters) that make the methods, by name.

The formulas of car, marvel and marvel_plus are our reading of the papers' abstracts; those
of ogc, selc, nal and aum were read in their authors' code.
"""

NONE = "none"
"""The text for the loss by itself."""

_KINDS = {bool: "True or False", int: "an integer", float: "a number"}
# Methods compute in float32, and count in 32 bits.
_LARGEST = {float: float(np.finfo(np.float32).max), int: 2**31 - 1}


@dataclasses.dataclass(frozen=True)
class MethodSpec:
  """A method and its hyperparameters; its `str` parses to the same.

  Attributes:
    name: a key of `NAMES`, or `NONE`.
    keywords: hyperparameters by name; others have their defaults.
  """

  name: str
  keywords: tuple[tuple[str, Any], ...] = ()

  def __str__(self) -> str:
    keywords = ", ".join(f"{keyword}={value!r}" for keyword, value in self.keywords)
    return f"{self.name}({keywords})" if keywords else self.name

  def around(self, loss: Loss) -> Method:
    """Builds the method around a loss.

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
  """Parses a method, without evaluating code.

  Args:
    text: `NONE` for the loss by itself; or a key of `NAMES`, alone or with keywords of its
      function in brackets.

  Returns:
    `MethodSpec`, whose values may still be out of range.

  Raises:
    ValueError: if the text has another form or an unknown name, with the known ones.

  Example:
    >>> parse("elr(lam=7)").keywords
    (('lam', 7.0),)
  """
  if text == NONE:
    return MethodSpec(NONE)
  name, call = _name_and_call(text)
  known = defaults(name)
  takes = f"{name} takes {', '.join(known)}"
  values: dict[str, Any] = {}
  for keyword in call.keywords if call else ():
    if keyword.arg not in known:
      raise ValueError(f"method: unknown keyword {keyword.arg!r}; {takes}")
    if keyword.arg in values:
      raise ValueError(f"method: keyword {keyword.arg!r} occurs twice; {takes}")
    kind = type(known[keyword.arg])
    values[keyword.arg] = _value(keyword, kind)
  return MethodSpec(name, tuple(values.items()))


def defaults(name: str) -> dict[str, Any]:
  """The hyperparameters of a method and their defaults.

  Args:
    name: a key of `NAMES`.

  Returns:
    Defaults by keyword, in the order of the signature.
  """
  return keyword_defaults(NAMES[name])


def _name_and_call(text):
  known = f"known: {NONE}, {', '.join(NAMES)}; an example: elr(lam=7, beta=0.9)"
  try:
    with warnings.catch_warnings():
      # A text that Python warns of, such as 1if, is not a method.
      warnings.simplefilter("error")
      tree = ast.parse(text.strip(), mode="eval").body
  except (SyntaxError, ValueError, RecursionError, MemoryError):
    tree = None
  # Python would ignore a comment, and the keywords in it.
  match None if "#" in text else tree:
    case ast.Name(id=name):
      call = None
    case ast.Call(func=ast.Name(id=name), args=[]) as call:
      pass
    case _:
      text = text if len(text) <= 60 else f"{text[:57]}..."
      raise ValueError(f"method: {text!r} is not a method with keywords; {known}")
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
  # The comparison works for integers of any size, and is false for NaN.
  if not fits or (kind in _LARGEST and not abs(value) <= _LARGEST[kind]):
    text, wanted = ast.unparse(keyword.value), _KINDS[kind]
    text = text if len(text) <= 30 else f"{text[:27]}..."
    most = f" up to {_LARGEST[kind]:g}" if fits else ""
    raise ValueError(f"method: {keyword.arg}: {text}, must be {wanted}{most}")
  return kind(value)
