"""Expressions: weighted sums of losses by their short names, as in flags."""

import ast
import dataclasses
import functools
import warnings
from typing import Any

import jax
import numpy as np
from jax.typing import ArrayLike

from noisy_jax.losses.names import NAMES, defaults
from noisy_jax.losses.properties import PROPERTIES

# The value of a hyperparameter that `analysis.calibration.resolve` chooses.
AUTO = "auto"

# Type of a default to the types that its hyperparameter may have, also in words.
_KINDS: dict[type, tuple[set[type], str]] = {
  bool: ({bool}, "True or False"),
  int: ({int}, "a whole number"),
  float: ({int, float}, "a number"),
}

# Far beyond any published sum, and short enough for the recursion below.
_MAX_LENGTH = 500
# Losses are computed in float32: a larger number would be infinite there.
_LARGEST = float(np.finfo(np.float32).max)


@dataclasses.dataclass(frozen=True)
class Term:
  """One loss of a weighted sum.

  Attributes:
    weight: factor of the loss.
    name: a key of `NAMES`.
    keywords: name and value of each hyperparameter in the text, in the order of the
      function's signature; `AUTO` is a value that remains to be chosen.
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
  """A weighted sum of losses, itself a loss; expressions of the same `str` are equal.

  Attributes:
    terms: the summands, at least one.
  """

  terms: tuple[Term, ...]

  def __call__(self, logits: ArrayLike, labels: ArrayLike) -> jax.Array:
    if self.is_open:
      raise ValueError(
        f"loss: {self}, must have a number in place of {AUTO}: "
        "analysis.calibration.resolve(loss, num_classes) chooses it"
      )
    values = [
      term.weight * NAMES[term.name](logits, labels, **dict(term.keywords))
      for term in self.terms
    ]
    return sum(values[1:], values[0])

  @property
  def is_open(self) -> bool:
    """Whether a hyperparameter is `AUTO`, so that the loss cannot be called yet."""
    values = (value for term in self.terms for _, value in term.keywords)
    return any(isinstance(value, str) for value in values)

  def with_value(self, name: str, value: ArrayLike) -> "Expression":
    """The sum with another value of a hyperparameter.

    Args:
      name: loss and hyperparameter, such as "gce.q"; the loss occurs once.
      value: the value, which may be traced.

    Returns:
      An expression; with a traced value, it can be called during this trace alone.
    """
    loss, _, keyword = name.partition(".")
    return Expression(
      tuple(
        dataclasses.replace(
          term, keywords=tuple({**dict(term.keywords), keyword: value}.items())
        )
        if term.name == loss
        else term
        for term in self.terms
      )
    )

  def __str__(self) -> str:
    return " + ".join(str(term) for term in self.terms)


def parse(text: str) -> Expression:
  """The loss of an expression such as "10*nce + 0.1*agce(a=1.8, q=3)".

  An expression is a sum of short names of `NAMES`, each with a number as factor, or
  without, and with keywords of its function in brackets, or without. Brackets, signs,
  differences of losses and products with numbers work as in Python, but nothing is
  evaluated. A hyperparameter with a range in `PROPERTIES` may be auto: "gce(q=auto)".

  Args:
    text: the expression, at most 500 characters.

  Returns:
    A function of (logits, labels), hashable; equal terms give equal functions, so that jit
    compiles one once. Its `str` parses to the same.

  Raises:
    ValueError: if the text is not such a sum, has an unknown name, or a hyperparameter is
      out of range; with the column.

  Example:
    >>> from noisy_jax import losses
    >>> loss = losses.parse("10*nce + 0.1*agce(q=3, a=1.8)")
    >>> str(loss)
    '10*nce + 0.1*agce(a=1.8, q=3)'
    >>> f"{loss([2.0, 0.0, 0.0], 0):.3f}"
    '0.662'
  """
  return _parsed(text)


# A sweep parses the same few losses again and again, and a check takes 7 ms.
@functools.lru_cache(maxsize=1024)
def _parsed(text):
  if len(text) > _MAX_LENGTH:
    raise ValueError(f"loss: {len(text)} characters, must be at most {_MAX_LENGTH}")
  line = text.replace("\n", " ")
  source = line.strip()
  columns_before = len(line) - len(line.lstrip())
  if "#" in line:
    # Python would ignore the rest of the sum as a comment.
    column = line.index("#") + 1
    raise ValueError(f"loss: column {column}: '#', must be a sum without comments")
  try:
    with warnings.catch_warnings():
      # A text that Python warns of, such as 1if, is not a sum.
      warnings.simplefilter("error")
      tree = ast.parse(source, mode="eval")
  except (SyntaxError, ValueError) as error:
    # At the end of the text, Python gives no column.
    column = columns_before + (getattr(error, "offset", 0) or len(source) + 1)
    raise ValueError(
      f"loss: column {column}: {text!r} is not a sum of losses; {_usage()}"
    ) from None
  try:
    value = _Reader(source, columns_before).read(tree.body)
  except RecursionError:
    raise ValueError("loss: nested too deeply") from None
  if isinstance(value, float):
    raise ValueError(f"loss: {text!r} is a number, not a loss; {_usage()}")
  return Expression(value)


def _write(value: float | bool | str) -> str:
  return AUTO if value == AUTO else repr(value).removesuffix(".0")


def _is_finite(number: float) -> bool:
  # The comparison works for integers of any size, and is false for NaN.
  return abs(number) <= _LARGEST


def _brief(value: object) -> str:
  text = str(value)
  return text if len(text) <= 30 else f"{text[:27]}..."


def _usage() -> str:
  return f"known: {', '.join(NAMES)}; an example: 10*nce + 0.1*agce(a=1.8, q=3)"


@dataclasses.dataclass(frozen=True)
class _Reader:
  """Turns a syntax tree into a number or into terms, or raises with the column."""

  source: str
  columns_before: int

  def read(self, node: ast.expr) -> float | tuple[Term, ...]:
    match node:
      case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
        return self._finite(node, value)
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
      case ast.BinOp(left=left, right=right):
        between = self._bytes(left.end_col_offset, right.col_offset).decode()
        sign = between.strip(" ()")
        at = self._end(left) + between.index(sign)
        raise self._error(at, f"{sign!r}, must be +, - or *")
      case ast.Tuple(elts=[first, *_]):
        raise self._error(self._end(first), "',', must be one sum, with points in numbers")
    raise self._error(node, f"neither a loss nor a number; {_usage()}")

  def _times(self, node, factor, operand):
    value = self.read(operand)
    if isinstance(value, float):
      return self._finite(node, factor * value)
    return self._scaled(node, factor, value)

  def _scaled(self, node, factor, terms):
    return tuple(
      dataclasses.replace(term, weight=self._finite(node, factor * term.weight + 0.0))
      for term in terms
    )

  def _finite(self, node, number):
    if not _is_finite(number):
      raise self._error(node, f"{_brief(number)}, must be finite, as float32 holds it")
    return float(number)

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
      given[keyword.arg] = self._hyperparameter(name, keyword)
    return Term(1.0, name, tuple((key, given[key]) for key in known if key in given))

  def _hyperparameter(self, name, keyword):
    node, can_be_auto = keyword.value, keyword.arg in PROPERTIES[name].ranges
    kind = type(defaults(name)[keyword.arg])
    kinds, wanted = _KINDS[kind]
    wanted += f" or {AUTO}" if can_be_auto else ""
    if can_be_auto and isinstance(node, ast.Name) and node.id == AUTO:
      return AUTO
    try:
      value = ast.literal_eval(node)
    except (ValueError, TypeError):
      value = None
    if type(value) not in kinds or not _is_finite(value):
      given = _brief(ast.unparse(node))
      raise self._error(node, f"{keyword.arg}: {given}, must be {wanted}")
    try:
      # A loss refuses values out of range when its shapes are known.
      loss = functools.partial(NAMES[name], **{keyword.arg: value})
      logits = jax.ShapeDtypeStruct((2,), np.float32)
      jax.eval_shape(loss, logits, jax.ShapeDtypeStruct((), np.int32))
    except ValueError as error:
      raise self._error(node, f"{name}: {error}") from None
    return kind(value)

  def _bytes(self, start, end):
    return self.source.encode()[start:end]

  def _end(self, node):
    return len(self._bytes(0, node.end_col_offset).decode())

  def _error(self, place: Any, problem):
    if not isinstance(place, int):
      # The parser counts bytes.
      place = len(self._bytes(0, place.col_offset).decode())
    return ValueError(f"loss: column {self.columns_before + place + 1}: {problem}")
