r"""Turns an expression that a test can evaluate into LaTeX.

An expression is Python's, with ^ for powers: names with one subscript, numbers, arithmetic,
comparisons, `a if b else c`, and calls such as log(x), sum_j(x), sum_i(x, n) and F(p). The
LaTeX has no backslash before punctuation, which Markdown would take for an escape.
"""

import ast
import re

_NAMES = {
  "inf": r"\infty",
  "nan": r"\text{no closed form}",
  "lam": r"\lambda",
  "pv": "p^{(v)}",
}
_GREEK = ("alpha", "beta", "gamma", "lambda", "tau", "pi", "delta", "eta")
_FUNCTIONS = ("log", "exp", "max", "min")
_SIGNS: dict[type, str] = {
  ast.Eq: "=",
  ast.NotEq: r"\ne",
  ast.Lt: r"\lt",
  ast.LtE: r"\le",
  ast.Gt: r"\gt",
  ast.GtE: r"\ge",
  ast.Add: "+",
  ast.Sub: "-",
}
# Precedence of a text: in brackets it binds as an atom.
_SUM, _PRODUCT, _POWER, _ATOM = range(4)


def latex(expression: str) -> str:
  """The expression as LaTeX, without dollars.

  Args:
    expression: an expression, or several with " = " between them.

  Returns:
    LaTeX.

  Raises:
    ValueError: if the expression has a form that this file does not know.

  Example:
    >>> latex("(1 - p_k^q) / q")
    '\\frac{1 - p_k^{q}}{q}'
  """
  sides = expression.replace("^", "**").split(" = ")
  trees = (ast.parse(side.strip(), mode="eval") for side in sides)
  return " = ".join(_text(_SignsFirst().visit(tree).body) for tree in trees)


class _SignsFirst(ast.NodeTransformer):
  """Turns (-a) b, as Python reads -a * b, into -(a b), which needs no brackets."""

  def visit_BinOp(self, node):
    self.generic_visit(node)
    match node:
      case ast.BinOp(
        left=ast.UnaryOp(op=ast.USub() as sign, operand=left),
        op=ast.Mult() | ast.Div() as op,
      ):
        return ast.UnaryOp(sign, ast.BinOp(left, op, node.right))
    return node


def _text(node, least=_SUM, small=False):
  """LaTeX of a node, in brackets if it binds more loosely than `least`."""
  text, binds = _parts(node, small)
  return text if binds >= least else _brackets(text)


def _parts(node, small):
  match node:
    case ast.Constant(value=int() | float() as value):
      return f"{value:g}", _ATOM
    case ast.Name(id=name):
      return _symbol(name), _ATOM
    case ast.UnaryOp(op=ast.USub(), operand=operand):
      return f"-{_text(operand, _PRODUCT, small)}", _SUM
    case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as sign, right=right):
      after = _PRODUCT if isinstance(sign, ast.Sub) else _SUM
      sides = _text(left, _SUM, small), _text(right, after, small)
      return f"{sides[0]} {_SIGNS[type(sign)]} {sides[1]}", _SUM
    case ast.BinOp(left=left, op=ast.Mult(), right=right):
      return _product(_text(left, _PRODUCT, small), _text(right, _PRODUCT, small)), _PRODUCT
    case ast.BinOp(left=left, op=ast.Div(), right=right):
      if small:
        return f"{_text(left, _PRODUCT, True)} / {_text(right, _POWER, True)}", _PRODUCT
      return rf"\frac{{{_text(left)}}}{{{_text(right)}}}", _PRODUCT
    case ast.BinOp(left=left, op=ast.Pow(), right=right):
      return f"{_text(left, _ATOM, small)}^{{{_text(right, small=True)}}}", _POWER
    case ast.Compare():
      return f"[{condition(node)}]", _ATOM
    case ast.IfExp():
      return _cases(node), _ATOM
    case ast.Call(func=ast.Name(id=name), args=arguments):
      return _call(name, arguments, small)
  raise ValueError(f"expression: {ast.unparse(node)}, has a form without LaTeX")


def condition(node: ast.expr | str) -> str:
  """A comparison, or several with `and`, as LaTeX without brackets."""
  if isinstance(node, str):
    node = ast.parse(node, mode="eval").body
  match node:
    case ast.BoolOp(op=ast.And(), values=values):
      return r" \text{ and } ".join(map(condition, values))
    case ast.Compare(left=left, ops=[sign], comparators=[right]):
      return f"{_text(left, small=True)} {_SIGNS[type(sign)]} {_text(right, small=True)}"
  raise ValueError(f"condition: {ast.unparse(node)}, must be a comparison")


def _cases(node):
  lines = []
  while isinstance(node, ast.IfExp):
    lines.append(rf"{_text(node.body)} & \text{{if }} {condition(node.test)}")
    node = node.orelse
  lines.append(rf"{_text(node)} & \text{{otherwise}}")
  return r"\begin{cases} " + r" \cr ".join(lines) + r" \end{cases}"


def _call(name, arguments, small):
  if name.startswith("sum_"):
    index = name.removeprefix("sum_")
    bounds = f"{{{index}=1}}^{{{_text(arguments[1])}}}" if arguments[1:] else index
    return rf"\sum_{bounds} {_text(arguments[0], _PRODUCT, small)}", _PRODUCT
  if name == "exp" and not small:
    return f"e^{{{_text(arguments[0], small=True)}}}", _POWER
  if name == "harmonic":
    return f"H_{{{_text(arguments[0])}}}", _ATOM
  inside = ", ".join(_text(argument, small=small) for argument in arguments)
  base, _, subscript = name.partition("_")
  function = rf"\{base}" if base in _FUNCTIONS else _symbol(base)
  if subscript:
    function += f"_{{{_symbol(subscript)}}}"
  return function + _brackets(inside), _ATOM


def _product(left, right):
  """Two factors, with a dot between them where they would run into each other."""
  runs_on = re.match(r"\d|\\(log|max|min|exp|text)\b", right) and not left.endswith(")")
  is_word = left.endswith("}") and r"\text{" in left
  return rf"{left} \cdot {right}" if runs_on or is_word else f"{left} {right}"


def _brackets(text):
  is_high = any(tall in text for tall in (r"\frac", r"\sum", r"\begin"))
  return rf"\left({text}\right)" if is_high else f"({text})"


def _symbol(name):
  if name in _NAMES:
    return _NAMES[name]
  base, _, subscript = name.partition("_")
  if not subscript and (numbered := re.fullmatch(r"([a-z])(\d)", name)):
    base, subscript = numbered.groups()
  if base in _GREEK:
    base = rf"\{base}"
  elif len(base) > 1:
    base = rf"\text{{{base}}}"
  if subscript:
    return f"{base}_{subscript}" if len(subscript) == 1 else rf"{base}_{{\{subscript}}}"
  return base
