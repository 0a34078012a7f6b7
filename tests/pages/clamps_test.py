import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments.pages import clamps
from tests import references

# The label likely, unlikely, and out of the question; some others below every c.
LOGITS = np.array([[3, 0, -1, -20, -30], [-12, 0, 1, -25, -17], [-40, 0, -2, 3, -60.0]])


def clamped_at(c, z):
  return np.maximum(references.softmax(z), c)


def gce(z, c, q=0.7):
  return (1 - clamped_at(c, z)[0] ** q) / q


def ngce(z, c, q):
  powers = clamped_at(c, z) ** q
  return (1 - powers[0]) / (len(z) - powers.sum())


def rce(z, c):
  return -np.log(1e-4) * clamped_at(c, z)[1:].sum()


def js(z, c, pi):
  p, label = references.softmax(z), np.eye(len(z))[0]
  mean = np.maximum(pi * label + (1 - pi) * p, c)
  of_label = -np.log(mean[0])
  of_p = sum(x * np.log(max(x, c) / m) for x, m in zip(p, mean, strict=True))
  return (pi * of_label + (1 - pi) * of_p) / (-(1 - pi) * np.log(1 - pi))


def backward(z, c):
  matrix = np.full((5, 5), 0.1) + 0.5 * np.eye(5)
  p = np.clip(references.softmax(z), c, 1 - c)
  return -np.linalg.inv(matrix)[0] @ np.log(p)


def ece(z, c, m=1e5):
  q = references.softmax(z)
  q[q.argmax()] += m
  return -np.log(max(q[0] / (1 + m), c))


EXPECTED = {
  "gce": gce,
  "ngce": lambda z, c: ngce(z, c, 0.7),
  "ngce(q=0.1)": lambda z, c: ngce(z, c, 0.1),
  "rce": rce,
  "sce": lambda z, c: 0.1 * references.cross_entropy(z, 0) + rce(z, c),
  "js(pi=0.1)": lambda z, c: js(z, c, 0.1),
  "js(pi=0.9)": lambda z, c: js(z, c, 0.9),
  "backward": backward,
  "ece(m=100000)": ece,
}


@pytest.mark.parametrize(
  "clamp", clamps.CLAMPS, ids=lambda clamp: f"{clamp.loss} {clamp.c}"
)
def test_clamped_losses_are_those_of_the_codes(clamp):
  with jax.enable_x64(True):
    found = [clamp.clamped(jnp.asarray(z), 0, clamp.c) for z in LOGITS]
  expected = [EXPECTED[clamp.loss](z, clamp.c) for z in LOGITS]
  np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-14)


def test_the_page_has_a_line_for_each_and_the_words_around():
  page = clamps.PATH.read_text()
  lines = [line for line in page.splitlines(keepends=True) if line.startswith("| `")]
  assert len(lines) == len(clamps.CLAMPS)
  for line, clamp in zip(lines, clamps.CLAMPS, strict=True):
    start = f"| `{clamp.loss}` | {clamp.where} | {clamp.c:.0e} | {clamp.codes} |"
    assert line.startswith(start)
  assert clamps.page_of(lines) == page


@pytest.mark.parametrize("place", [0, 3, 9])
def test_the_page_has_what_is_computed(place):
  assert clamps.row(clamps.CLAMPS[place]) in clamps.PATH.read_text()
