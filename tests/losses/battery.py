"""What is claimed of every loss, as tests that a family's file takes for its CASES.

`from tests.losses.battery import *` brings the tests; CASES, a dict from expression to
`Case`, says what they run on. All that is asked of a loss is computed in one program, and
in one more in float64: a call of its own for each claim would be compiled each time.
"""

import functools
import importlib
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import losses
from tests import references


class Case(NamedTuple):
  """A loss in float64 numpy.

  Attributes:
    value: function of logits [K] and a label.
    gradient: function of the same, gives dL/dz, [K], and the size of the terms against
      which each entry rounds.
    rtol: to which float32 has the gradient.
    atol: to which float32 has the value beside 1e-5 of it, where it is a difference.
    admits_minus_infinity: whether a class of logit -inf takes no part.
  """

  value: Callable
  gradient: Callable
  rtol: float = 1e-5
  atol: float = 0.0
  admits_minus_infinity: bool = True


def of_label(value: Callable, weight: Callable) -> Case:
  """A loss of p_k alone, where weight(p_k) = -dL/dlog p_k."""
  return Case(value, references.gradient_of_label(weight))


def cases_of_all_families():
  functions = losses.NAMES.values()
  families = sorted({f.__module__.rpartition(".")[2] for f in functions})
  modules = [importlib.import_module(f"tests.losses.{name}_test") for name in families]
  return {name: case for module in modules for name, case in module.CASES.items()}


def pytest_generate_tests(metafunc):
  if "name" in metafunc.fixturenames and "case" in metafunc.fixturenames:
    cases = metafunc.module.CASES
    metafunc.parametrize("name, case", cases.items(), ids=list(cases))


@pytest.fixture
def found(request, name):
  return _found(request.module)[name]


@pytest.fixture
def found_in_float64(request, name):
  return _found_in_float64(request.module)[name]


def batch(num=50, num_classes=7, scale=3.0, seed=0):
  rng = np.random.default_rng(seed)
  logits = scale * rng.standard_normal((num, num_classes))
  return logits.astype(np.float32), rng.integers(num_classes, size=num)


def logits_with_label_prob(p, num_classes=1000):
  """float64 logits whose class 0 has probability p, the other classes spread a little."""
  others = 0.3 * np.random.default_rng(1).standard_normal(num_classes - 1)
  log_odds = np.log(p) - np.log1p(-p)
  label = log_odds + np.log(np.exp(others).sum())
  return np.concatenate([[label], others])


LOGITS, LABELS = batch()
ORDER = np.random.default_rng(2).permutation(7)
EXTREMES = np.array([1e4, 1e4, -1e4, -1e4], np.float32)[:, None] * np.eye(7)[0]
# Rows that are asked of a loss, each with its labels. All are of seven classes.
ROWS = {
  "plain": (LOGITS, LABELS),
  "shifted": (LOGITS + 100, LABELS),
  "renamed": (LOGITS[:, ORDER], np.argsort(ORDER)[LABELS]),
  "masked": (np.where(np.arange(7) < 5, LOGITS, -np.inf), LABELS % 5),
  "extreme": (EXTREMES, [0, 1, 0, 1]),
  "no_class": (LOGITS[:3], [-1, 7, 255]),
  "nan": (np.full((1, 7), np.nan), [0]),
}
# Not 1e-7, where the gradient of nnce and nnfl jumps.
PROBS = (1e-36, 1e-30, 1e-20, 1e-12, 1e-8, 2e-7, 1e-5, 1e-3, 0.5, 0.999, 1 - 1e-7)
# The references start from the logits as float32 holds them.
OF_PROBS = np.stack([logits_with_label_prob(p) for p in PROBS]).astype(np.float32)
COARSE = jnp.asarray(np.concatenate([LOGITS[:16], EXTREMES]), jnp.bfloat16)
COARSE_LABELS = np.concatenate([LABELS[:16], [0, 1, 0, 1]])
WIDE = LOGITS[:5, :4].astype(np.float64)
WIDE_LABELS = LABELS[:5] % 4
STEP = 1e-5
# The level at which XLA compiles where nobody sets it; conftest does.
AS_FOR_USERS = {"xla_backend_optimization_level": 3}


def _groups(cases):
  """By loss, with what cannot be traced: its expressions, and their hyperparameters."""
  groups = {}
  for name in cases:
    (term,) = losses.parse(name).terms
    known = losses.defaults(term.name)
    given = known | dict(term.keywords)
    static = {k: v for k, v in given.items() if not isinstance(known[k], float)}
    traced = {k: v for k, v in given.items() if isinstance(known[k], float)}
    group = groups.setdefault((term.name, tuple(static.items())), {})
    group[name] = traced
  return groups


def _of_every_case(cases, answers, inputs, options):
  """What `answers` gives of each case: one program for each loss.

  Where compiled as for users, the first of a loss has numbers for hyperparameters; in the
  others they are traced, and so rounded to float32: a case must not hang on the rest.
  """
  found = {}
  for (loss, static), group in _groups(cases).items():
    function = functools.partial(losses.NAMES[loss], **dict(static))
    name, keywords = next(iter(group.items()))
    by_itself = [name] if options or not keywords else []
    others = [name for name in group if name not in by_itself]
    numbers = {k: jnp.asarray([group[x][k] for x in others], float) for k in keywords}

    def together(inputs, numbers, function=function, group=group, by_itself=by_itself):
      def of_one(hyperparameters):
        return answers(functools.partial(function, **hyperparameters), *inputs)

      rest = jax.lax.map(of_one, numbers) if len(by_itself) < len(group) else None
      return [of_one(group[name]) for name in by_itself], rest

    results = jax.jit(together, compiler_options=options)(inputs, numbers)
    first, rest = jax.tree.map(np.asarray, results)
    found |= dict(zip(by_itself, first, strict=True))
    for i, name in enumerate(others):
      found[name] = jax.tree.map(lambda rows, i=i: rows[i], rest)
  return found


def _value_and_gradient(loss, logits, labels):
  return jax.vmap(jax.value_and_grad(loss))(logits, labels)


@functools.cache
def _found(module):
  logits, labels = zip(*ROWS.values(), strict=True)
  logits = np.concatenate(logits, dtype=np.float32)
  labels = np.concatenate(labels)
  ends = np.cumsum([len(rows) for rows, _ in ROWS.values()])[:-1]

  def answers(loss, logits, of_probs):
    # Of batches of any leading shape and, by vmap, of single examples.
    values, pullback = jax.vjp(lambda z: loss(z, labels.reshape(2, -1)), logits)
    (gradients,) = pullback(jnp.ones_like(values))
    return {
      "value": values.ravel(),
      "gradient": gradients.reshape(-1, 7),
      "of_probs": _value_and_gradient(loss, of_probs, np.zeros(len(PROBS), int)),
    }

  def by_rows(results):
    by_name = {
      key: dict(zip(ROWS, np.split(results[key], ends), strict=True))
      for key in ("value", "gradient")
    }
    return results | by_name

  inputs = logits.reshape(2, -1, 7), OF_PROBS
  found = _of_every_case(module.CASES, answers, inputs, AS_FOR_USERS)
  return {name: by_rows(results) for name, results in found.items()}


@functools.cache
def _found_in_float64(module):
  steps = STEP * np.concatenate([np.zeros((1, 4)), np.eye(4), -np.eye(4)])
  moved = (WIDE[:, None] + steps).reshape(-1, 4)
  labels = np.repeat(WIDE_LABELS, len(steps))

  def answers(loss, wide, moved):
    values, gradients = _value_and_gradient(loss, moved, labels)
    hessians = jax.vmap(jax.hessian(loss))(wide[:3], WIDE_LABELS[:3])
    return values.reshape(5, 9)[:, 0], gradients.reshape(5, 9, 4), hessians

  with jax.enable_x64(True):
    return _of_every_case(module.CASES, answers, (WIDE, moved), None)


def _expected(case, logits, labels):
  return [case.value(row, label) for row, label in zip(logits, labels, strict=True)]


def test_value_is_that_of_the_reference(name, case, found):
  expected = _expected(case, LOGITS, LABELS)
  np.testing.assert_allclose(found["value"]["plain"], expected, rtol=1e-5, atol=case.atol)


def test_gradient_is_that_of_finite_differences_of_the_reference(name, case, found):
  expected = [
    references.central_difference(functools.partial(case.value, k=label), row)
    for row, label in zip(LOGITS[:10], LABELS[:10], strict=True)
  ]
  gradient = found["gradient"]["plain"][:10]
  np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-7)


def test_float32_is_exact_at_any_label_probability(name, case, found):
  values, gradients = found["of_probs"]
  # Below its smallest normal number float32 has no full precision.
  tiny = np.finfo(np.float32).tiny
  for p, row, gradient in zip(PROBS, OF_PROBS, gradients, strict=True):
    expected, size = case.gradient(row, 0)
    allowed = case.rtol * size + np.where(np.abs(expected) < tiny, tiny, 0)
    assert (np.abs(gradient - expected) <= allowed).all(), p
  expected = _expected(case, OF_PROBS, np.zeros(len(PROBS), int))
  np.testing.assert_allclose(values, expected, rtol=1e-5, atol=case.atol)


def test_value_and_gradient_are_finite_at_extreme_logits(name, case, found):
  assert np.isfinite(found["value"]["extreme"]).all()
  # In float16, too, where they are cut to it.
  assert (abs(found["gradient"]["extreme"]) < np.finfo(np.float16).max).all()


def test_masked_classes_take_no_part(name, case, found):
  if not case.admits_minus_infinity:
    pytest.skip("its docstring asks for finite logits")
  rows, labels = LOGITS[:, :5], LABELS % 5
  expected = _expected(case, rows, labels)
  np.testing.assert_allclose(found["value"]["masked"], expected, rtol=1e-5, atol=case.atol)
  gradient = found["gradient"]["masked"]
  for row, label, of_row in zip(rows, labels, gradient, strict=True):
    expected, size = case.gradient(row, label)
    assert (abs(of_row[:5] - expected) <= case.rtol * size + 1e-9).all()
  np.testing.assert_array_equal(gradient[:, 5:], 0)


def test_adding_a_constant_to_all_logits_changes_nothing(name, case, found):
  value, gradient = found["value"], found["gradient"]["plain"]
  np.testing.assert_allclose(value["shifted"], value["plain"], rtol=1e-3)
  largest = max(1, abs(gradient).max())
  np.testing.assert_allclose(gradient.sum(-1), np.zeros(50), atol=1e-6 * largest)


def test_renaming_the_classes_changes_nothing(name, case, found):
  value, gradient = found["value"], found["gradient"]
  np.testing.assert_allclose(value["renamed"], value["plain"], rtol=1e-5, atol=case.atol)
  expected = gradient["plain"][:, ORDER]
  np.testing.assert_allclose(gradient["renamed"], expected, rtol=1e-3, atol=1e-5)


def test_bfloat16_is_computed_in_float32(name, case):
  loss = losses.parse(name)
  values, pullback = jax.vjp(lambda logits: loss(logits, COARSE_LABELS), COARSE)
  (gradients,) = pullback(jnp.ones_like(values))
  assert values.dtype == np.float32
  assert gradients.dtype == jnp.bfloat16
  rows = np.asarray(COARSE[:16], np.float64)
  expected = _expected(case, rows, COARSE_LABELS[:16])
  np.testing.assert_allclose(values[:16], expected, rtol=1e-5, atol=case.atol)
  assert np.isfinite(values).all()
  assert np.isfinite(np.float32(gradients)).all()


def test_label_outside_the_classes_gives_nan_and_no_gradient(name, case, found):
  assert np.isnan(found["value"]["no_class"]).all()
  np.testing.assert_array_equal(found["gradient"]["no_class"], np.zeros((3, 7)))


def test_an_example_with_nan_logits_leaves_the_others_alone(name, case, found):
  # The others are in the same batch, and have the values of the reference.
  assert np.isnan(found["value"]["nan"]).all()
  assert np.isfinite(found["value"]["plain"]).all()


def test_float64_stays_float64(name, case, found_in_float64):
  values, _, _ = found_in_float64
  assert values.dtype == np.float64
  np.testing.assert_allclose(values, _expected(case, WIDE, WIDE_LABELS), rtol=1e-12)


def test_second_derivative_is_that_of_finite_differences(name, case, found_in_float64):
  _, gradients, hessians = found_in_float64
  change = (gradients[:3, 1:5] - gradients[:3, 5:]) / (2 * STEP)
  np.testing.assert_allclose(hessians, np.moveaxis(change, 1, 2), rtol=1e-6, atol=1e-9)
