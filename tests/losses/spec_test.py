import inspect
import re

import chex
import jax
import numpy as np
import pytest

from noisy_jax import losses
from tests.losses import battery

LOGITS = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
LABELS = np.array([0, 1, 2, 3, 0])


def test_a_bare_name_is_its_function_with_defaults():
  @jax.jit
  def of_text(logits):
    return {name: losses.parse(name)(logits, LABELS) for name in losses.NAMES}

  for name, values in of_text(LOGITS).items():
    expected = losses.NAMES[name](LOGITS, LABELS)
    np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(
  "text, by_hand",
  [
    ("nce+agce", lambda z, k: nce(z, k) + agce(z, k)),
    ("10*nce + 0.1*agce(a=1.8, q=3)",
     lambda z, k: 10 * nce(z, k) + 0.1 * agce(z, k, a=1.8, q=3)),
    ("agce(q=3, a=1.8)", lambda z, k: agce(z, k, a=1.8, q=3)),
    ("2*(nce - 0.5*mae)", lambda z, k: 2 * nce(z, k) - losses.mae(z, k)),
    ("-ls(alpha=-0.2)*1e1", lambda z, k: -10 * losses.label_smoothing(z, k, alpha=-0.2)),
    ("  ce()", losses.cross_entropy),
  ],
)  # fmt: skip
def test_a_sum_is_what_it_says(text, by_hand):
  expected = by_hand(LOGITS, LABELS)
  chex.assert_trees_all_close(losses.parse(text)(LOGITS, LABELS), expected, rtol=1e-6)


nce = losses.normalized_cross_entropy
agce = losses.asymmetric_generalized_cross_entropy


@pytest.mark.parametrize(
  "text, canonical",
  [
    ("ce", "ce"),
    (" 10 * nce+.1*agce(q = 3.0, a=1.8) ", "10*nce + 0.1*agce(a=1.8, q=3)"),
    ("2*(nce - 0.5*mae)", "2*nce + -1*mae"),
    ("fl(detach=True, gamma=2)", "fl(gamma=2, detach=True)"),
    ("2*taylor_ce(t=4)", "2*taylor_ce(t=4)"),
    ("0.1*3*ce", "0.30000000000000004*ce"),
    ("1e-7*ce + 1e30*mae", "1e-07*ce + 1e+30*mae"),
  ],
)
def test_text_of_an_expression_parses_to_the_same(text, canonical):
  expression = losses.parse(text)
  assert str(expression) == canonical
  assert losses.parse(canonical) == expression
  assert hash(losses.parse(canonical)) == hash(expression)
  assert expression != losses.parse("gce(q=0.6)") != losses.parse("gce(q=0.5)")


@pytest.mark.parametrize(
  "text, message",
  [
    ("10*nce + 0.1*agc(a=1)", "column 14: unknown 'agc'; known: ce, ls, mae"),
    ("ce + agce(a=1, b=2)", "column 16: unknown keyword 'b'; agce takes a, q"),
    ("agce(1.8)", "column 6: hyperparameters need their names; agce takes a, q"),
    ("ce(q=1)", "column 4: unknown keyword 'q'; ce takes no keywords"),
    ("ce(**{})", "column 4: unknown keyword None"),
    ("gce(q=0.1, q=0.2)", "column 12: q is given twice"),
    ("ce + gce(q=2)", "column 12: gce: q: 2, must be in [0, 1]"),
    ("agce(q=3, a=-1)", "column 13: agce: a: -1, must be in (0, inf)"),
    ("gce(q=ce)", "column 7: q: ce, must be a number or auto"),
    ("gce(q=nan)", "column 7: q: nan, must be a number or auto"),
    ("gce(q=1-0.3)", "column 7: q: 1 - 0.3, must be a number or auto"),
    ("fl(detach=true)", "column 11: detach: true, must be True or False"),
    ("fl(detach=1)", "column 11: detach: 1, must be True or False"),
    ("taylor_ce(t=2.5)", "column 13: t: 2.5, must be a whole number"),
    ("taylor_ce(t=auto)", "column 13: t: auto, must be a whole number"),
    ("taylor_ce(t=101)", "column 13: taylor_ce: t: 101, must be in [1, 100]"),
    ("fl(detach=auto)", "column 11: detach: auto, must be True or False"),
    ("agce(a=auto, q=-1)", "column 16: agce: q: -1, must be in (0, inf)"),
    ("ce + 1", "column 6: a number by itself"),
    ("ce * mae", "column 1: a product of two losses"),
    ("ce / 2", "column 4: '/', must be +, - or *"),
    ("2**(3)*ce", "column 2: '**', must be +, - or *"),
    ("0,1*ce", "column 2: ',', must be one sum, with points in numbers"),
    ("1e999*ce", "column 1: inf, must be finite"),
    ("9" * 400 + "*ce", "column 1: 999999999999999999999999999..., must be finite"),
    ("1e39*ce", "column 1: 1e+39, must be finite, as float32 holds it"),
    ("gce(q=" + "9" * 400 + ")", "column 7: q: 999999999999999999999999999..., must be"),
    ("ce #\n + mae", "column 4: '#', must be a sum without comments"),
    ("1if 1else 2*ce", "is not a sum of losses"),
    ("'\\d'*ce", "is not a sum of losses"),
    ("ce.real", "column 1: neither a loss nor a number"),
    ("  ce + + é", "column 10: unknown 'é'"),
    ("ce +", "column 5: 'ce +' is not a sum of losses"),
    ("", "'' is not a sum of losses"),
    ("3", "'3' is a number, not a loss"),
    ("\0", "is not a sum of losses"),
    ("ce+" * 200 + "ce", "602 characters, must be at most 500"),
    ("(" * 250 + "ce" + ")" * 240, "is not a sum of losses"),
    ("-" * 498 + "ce", "loss: nested too deeply"),
  ],
)
def test_errors_say_where_and_what_would_be_right(text, message):
  with pytest.raises(ValueError, match=re.escape(message)) as caught:
    losses.parse(text)
  assert str(caught.value).startswith("loss: ")
  assert "\n" not in str(caught.value)


def test_an_open_expression_is_written_as_read_and_cannot_be_called():
  loss = losses.parse("2*gce(q=auto) + agce(q=3, a=auto)")
  assert str(loss) == "2*gce(q=auto) + agce(a=auto, q=3)"
  assert losses.parse(str(loss)) == loss
  assert loss.is_open
  with pytest.raises(ValueError, match=r"loss: 2\*gce\(q=auto\) .*, must have a number in"):
    loss(LOGITS, LABELS)


def test_every_public_loss_has_a_short_name_and_a_battery_entry():
  functions = {
    function
    for name in losses.__all__
    if inspect.isfunction(function := getattr(losses, name))
    and list(inspect.signature(function).parameters)[:2] == ["logits", "labels"]
  } - {losses.add_logit_bias, losses.label_log_prob}
  assert functions == set(losses.NAMES.values())
  assert losses.NAMES.keys() <= battery.cases_of_all_families().keys()


def test_every_docstring_gives_the_equation_and_what_it_raises():
  for name, function in losses.NAMES.items():
    text = inspect.getdoc(function)
    for section in (r"^L = ", "^Args:$", "^Returns:$", "^Raises:$"):
      assert re.search(section, text, re.MULTILINE), name
    assert "Source: " in text or name == "ce"
