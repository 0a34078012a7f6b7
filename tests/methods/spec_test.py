import dataclasses

import pytest

from noisy_jax import losses, methods
from tests.methods.setups import CONFIG, a_setup


def test_a_method_is_refused_where_the_loss_compares_views():
  with pytest.raises(ValueError, match="method: elr, must be none or aum with loss gjs"):
    a_setup(method="elr", loss="gjs", augmentation="flip")


@pytest.mark.parametrize(
  "text, message",
  [
    ("elrr", "method: unknown 'elrr'; known: none, sr, elr"),
    ("elr + sr", r"method: 'elr \+ sr' is not a method with keywords; known: none, sr"),
    ("elr(", "is not a method with keywords"),
    ("", "is not a method with keywords"),
    ("elr(gamma=1)", "method: unknown keyword 'gamma'; elr takes lam, beta"),
    ("elr(lam=1, lam=2)", "method: keyword 'lam' occurs twice; elr takes lam, beta"),
    ("elr(lam=1 # , beta=0.5\n)", "is not a method with keywords"),
    ("elr(lam=1if 1else 2)", "is not a method with keywords"),
    ("(" * 250 + "elr" + ")" * 250, "is not a method with keywords"),
    (f"elr(lam={10**400})", r"method: lam: 10+\.\.\., must be a number up to 3.4"),
    ("elr(lam=1e39)", "method: lam: 1e[+]39, must be a number up to 3.4"),
    ("elr(lam=1e400)", "method: lam: 1e309, must be a number up to 3.4"),
    (f"sr(period={2**31})", "method: period: 2147483648, must be an integer up to"),
    ("elr(**{'lam': 1})", "method: unknown keyword None; elr takes lam, beta"),
    ("elr(beta=x)", "method: beta: x, must be a number"),
    ("elr(beta=1.0)", r"method: elr: beta: 1.0, must be in \[0, 1\)"),
    ("elr(entries=-1)", "method: elr: entries: -1, must be an integer from 0 up"),
    ("car(entries=8.0)", "method: entries: 8.0, must be an integer"),
    ("sr(normalize=1)", "method: normalize: 1, must be True or False"),
    ("sr(period=1.5)", "method: period: 1.5, must be an integer"),
    ("sr(period=0)", "method: sr: period: 0, must be an integer from 1 up"),
    ("marvel(window=2147483647)", "method: marvel: window: 2147483647, must be an integer"),
  ],
)
def test_a_text_that_is_no_method_is_refused(text, message):
  with pytest.raises(ValueError, match=message):
    dataclasses.replace(CONFIG, method=text)


def test_every_default_is_accepted_when_written_out():
  for name in methods.NAMES:
    text = ", ".join(f"{key}={value!r}" for key, value in methods.defaults(name).items())
    assert isinstance(methods.parse(f"{name}({text})").around(losses.mae), methods.Method)
