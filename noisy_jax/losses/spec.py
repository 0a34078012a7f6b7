"""Losses by their short names, and weighted sums of them, as flags write them."""

import ast
import dataclasses
import inspect
import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.typing import ArrayLike

from noisy_jax.losses.asymmetric import (
  asymmetric_exponential,
  asymmetric_generalized_cross_entropy,
  asymmetric_unhinged,
)
from noisy_jax.losses.bounded import generalized_cross_entropy, mae
from noisy_jax.losses.cross_entropy import cross_entropy, focal, label_smoothing
from noisy_jax.losses.normalized import (
  normalized_cross_entropy,
  normalized_focal,
  normalized_generalized_cross_entropy,
)
from noisy_jax.losses.reverse import reverse_cross_entropy, symmetric_cross_entropy
from noisy_jax.losses.tempered import bi_tempered

NAMES: dict[str, Callable[..., jax.Array]] = {
  "ce": cross_entropy,
  "ls": label_smoothing,
  "mae": mae,
  "rce": reverse_cross_entropy,
  "sce": symmetric_cross_entropy,
  "gce": generalized_cross_entropy,
  "fl": focal,
  "nce": normalized_cross_entropy,
  "nfl": normalized_focal,
  "ngce": normalized_generalized_cross_entropy,
  "aul": asymmetric_unhinged,
  "agce": asymmetric_generalized_cross_entropy,
  "ael": asymmetric_exponential,
  "bi_tempered": bi_tempered,
}

# Far beyond any published sum; Python's parser nests no deeper than this is long.
_MAX_LENGTH = 500


@dataclasses.dataclass(frozen=True)
class Term:
  """One loss of a weighted sum.

  Attributes:
    weight: its factor.
    name: a key of `NAMES`.
    keywords: hyperparameters that were given, in the order of the function's signature.
  """

  weight: float
  name: str
  keywords: tuple[tuple[str, Any], ...] = ()

  def __str__(self) -> str:
    given = ", ".join(f"{name}={_write(value)}" for name, value in self.keywords)
    factor = "" if self.weight == 1 else f"{_write(self.weight)}*"
    return f"{factor}{self.name}" + (f"({given})" if given else "")


@dataclasses.dataclass(frozen=True)
class Expression:
  """A weighted sum of losses, itself a loss; equal to any other of the same `str`.

  Attributes:
    terms: what is summed, at least one.
  """

  terms: tuple[Term, ...]

  def __call__(self, logits: ArrayLike, labels: ArrayLike) -> jax.Array:
    values = [
      term.weight * NAMES[term.name](logits, labels, **dict(term.keywords))
      for term in self.terms
    ]
    return sum(values[1:], values[0])

  def __str__(self) -> str:
    return " + ".join(str(term) for term in self.terms)


def parse(text: str) -> Expression:
  """The loss that an expression like "10*nce + 0.1*agce(a=1.8, q=3)" describes.

  A sum, with numbers as factors, of the short names in `NAMES`, each with the keywords of
  its function in brackets, or none. Brackets, differences and products of numbers work
  as in Python; nothing is evaluated.

  Args:
    text: the expression, at most 500 characters.

  Returns:
    A function of (logits, labels), hashable and equal to any other with the same terms, so
    that jit compiles it once. Its `str` parses to the same.

  Raises:
    ValueError: if the text is no such sum, with the column, or a hyperparameter is out of
      range; unknown names come with the known ones.
  """
  if len(text) > _MAX_LENGTH:
    raise ValueError(f"loss: {len(text)} characters, must be at most {_MAX_LENGTH}")
  source = text.strip()
  try:
    tree = ast.parse(source, mode="eval")
  except (SyntaxError, ValueError) as error:
    column = getattr(error, "offset", None)
    where = f" at column {column + text.index(source)}" if column and source else ""
    raise ValueError(f"loss: {text!r} is no sum of losses{where}; {_usage()}") from None
  try:
    value = _Reader(source, len(text) - len(text.lstrip())).read(tree.body)
  except RecursionError:
    raise ValueError(f"loss: {text!r} is nested too deeply") from None
  if isinstance(value, float):
    raise ValueError(f"loss: {text!r} is a number, not a loss; {_usage()}")
  return Expression(value)


def defaults(name: str) -> dict[str, Any]:
  """The hyperparameters of a loss and their defaults.

  Args:
    name: a key of `NAMES`.

  Returns:
    Keyword to default, in the order of the signature.
  """
  parameters = inspect.signature(NAMES[name]).parameters.values()
  return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


def _write(number: float | bool) -> str:
  return repr(number).removesuffix(".0")


def _usage() -> str:
  return f"known: {', '.join(NAMES)}; an example: 10*nce + 0.1*agce(a=1.8, q=3)"


@dataclasses.dataclass(frozen=True)
class _Reader:
  """Turns a syntax tree into a number or into terms, or says at which column it cannot."""

  source: str
  columns_before: int

  def read(self, node: ast.expr) -> float | tuple[Term, ...]:
    match node:
      case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
        return self._finite(node, float(value))
      case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
        return self._times(node, -1.0 if isinstance(sign, ast.USub) else 1.0, operand)
      case ast.BinOp(left=left, op=ast.Mult(), right=right):
        factor = self.read(left)
        if isinstance(factor, float):
          return self._times(node, factor, right)
        other = self.read(right)
        if isinstance(other, float):
          return self._scaled(node, other, factor)
        raise self._error(node, "a product of two losses, must be a sum")
      case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as sign, right=right):
        first = self.read(left)
        second = self._times(right, -1.0 if isinstance(sign, ast.Sub) else 1.0, right)
        if isinstance(first, float) or isinstance(second, float):
          number = left if isinstance(first, float) else right
          raise self._error(number, "a number by itself, must be a factor, as in 2*ce")
        return first + second
      case ast.Name() | ast.Call(func=ast.Name()):
        return (self._term(node),)
    raise self._error(node, f"no loss and no number; {_usage()}")

  def _times(self, node, factor, operand):
    value = self.read(operand)
    if isinstance(value, float):
      return self._finite(node, factor * value)
    return self._scaled(node, factor, value)

  def _scaled(self, node, factor, terms):
    return tuple(
      dataclasses.replace(term, weight=self._finite(node, factor * term.weight))
      for term in terms
    )

  def _finite(self, node, number):
    if not math.isfinite(number):
      raise self._error(node, f"{number}, must be finite")
    return number

  def _term(self, node: Any) -> Term:
    call = node if isinstance(node, ast.Call) else None
    name: str = ast.unparse(call.func if call else node)
    if name not in NAMES:
      raise self._error(node, f"unknown {name!r}; known: {', '.join(NAMES)}")
    known = list(defaults(name))
    takes = f"{name} takes {', '.join(known) or 'no keywords'}"
    if call and call.args:
      raise self._error(call.args[0], f"hyperparameters need their names; {takes}")
    given = {}
    for keyword in call.keywords if call else ():
      if keyword.arg not in known:
        raise self._error(keyword, f"unknown keyword {keyword.arg!r}; {takes}")
      if keyword.arg in given:
        raise self._error(keyword, f"{keyword.arg} is given twice")
      given[keyword.arg] = self._hyperparameter(keyword)
    term = Term(1.0, name, tuple((key, given[key]) for key in known if key in given))
    try:
      # Only shapes are worked out: the loss refuses values out of range as it is built.
      logits = jax.ShapeDtypeStruct((2,), np.float32)
      jax.eval_shape(Expression((term,)), logits, jax.ShapeDtypeStruct((), np.int32))
    except ValueError as error:
      raise self._error(node, f"{name}: {error}") from None
    return term

  def _hyperparameter(self, keyword):
    node = keyword.value
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
      value: bool | float | tuple[Term, ...] = node.value
    else:
      value = self.read(node)
    wanted, kind = (
      ("True or False", bool) if keyword.arg == "detach" else ("a number", float)
    )
    if not isinstance(value, kind):
      raise self._error(node, f"{keyword.arg}: {ast.unparse(node)}, must be {wanted}")
    return value

  def _error(self, node, problem):
    # The parser counts bytes.
    before = self.source.encode()[: node.col_offset].decode()
    column = self.columns_before + len(before) + 1
    return ValueError(f"loss: column {column}: {problem}")
