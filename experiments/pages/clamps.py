"""Writes docs/clamps.md, on the changes to losses by the clamps of published codes.

  python -m experiments.pages.clamps

It computes each loss in float64, with the clamp of the code and without, for logits from a
fresh network's to a certain network's.
"""

import pathlib
from collections.abc import Callable, Iterable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from absl import app

from noisy_jax import losses, noise
from noisy_jax.cli import messages

PATH = pathlib.Path(__file__).parents[2] / "docs" / "clamps.md"

# Standard deviations of the logits, and the number of draws at each.
_SCALES = np.geomspace(1, 50, 30)
_DRAWS = 40
_CLASSES = (10, 100)
_INTRODUCTION = """\
# Effects of the clamps of published codes

Made by `python -m experiments.pages.clamps`; tests compare it with computed values.

Published codes clamp the softmax p at some c, so that no logarithm or power meets a 0. A
probability below c has no gradient. The losses here clamp nothing, except `nnce` and
`nnfl`, as in the formulas of the paper, and `ece` with a `q_min`.

The table has the largest difference by the clamp, and the largest absolute value without
it: of the loss, and of the sum of its absolute gradients in the logits. Logits are drawn
from N(0, s^2), in float64, with {draws} draws at each of {scales} s from {low:g} to
{high:g}. `backward` is for symmetric noise of 0.4.

"""
_REMARKS = """
The clamps change `gce` and `ngce` with q = 0.7, `rce`, `sce` and `js` by less than 1e-4:
they remove a gradient that is almost 0. Three losses change more. `ngce` with the q = 0.1
of APL's code, where c^q is 0.2, changes by about a tenth of its largest value. The backward
correction has a lower bound with the clamp, and none without; a class less likely than c
has the gradient of cross-entropy without the clamp, and none with it. So has `ece`, also
for labels far more likely than c, as its q is p / (1 + m).

In a fresh network of K classes p is about 1 / K. So the clamp of `ece` alone can decide
whether training starts.
"""


class Clamp(NamedTuple):
  """A clamp of published code.

  Attributes:
    loss: our loss, an expression of `losses.parse`, or "backward".
    where: the number that is clamped.
    codes: the codes with this clamp.
    c: the value of the clamp.
    clamped: the code's loss, a function of logits, label and c.
  """

  loss: str
  where: str
  codes: str
  c: float
  clamped: Callable[[jax.Array, int, float], jax.Array]


def _gce(q):
  def of(z, k, c):
    return (1 - jnp.maximum(jax.nn.softmax(z)[k], c) ** q) / q

  return of


def _ngce(q):
  def of(z, k, c):
    powers = jnp.maximum(jax.nn.softmax(z), c) ** q
    return (1 - powers[k]) / (len(z) - powers.sum())

  return of


def _rce(z, k, c):
  log_label = jnp.log(jnp.maximum(jax.nn.one_hot(k, len(z), dtype=z.dtype), 1e-4))
  return -(jnp.maximum(jax.nn.softmax(z), c) * log_label).sum()


def _sce(z, k, c):
  return -0.1 * jax.nn.log_softmax(z)[k] + _rce(z, k, c)


def _js(pi):
  def of(z, k, c):
    p, label = jax.nn.softmax(z), jax.nn.one_hot(k, len(z), dtype=z.dtype)
    log_mean = jnp.log(jnp.maximum(pi * label + (1 - pi) * p, c))
    of_p = (p * (jnp.log(jnp.maximum(p, c)) - log_mean)).sum()
    return (-pi * log_mean[k] + (1 - pi) * of_p) / (-(1 - pi) * jnp.log1p(-pi))

  return of


def _backward(z, k, c):
  inverse = jnp.linalg.inv(jnp.asarray(_matrix(len(z))))
  return -(inverse[k] * jnp.log(jnp.clip(jax.nn.softmax(z), c, 1 - c))).sum()


def _ece(z, k, c):
  m = 1e5
  label = jax.nn.one_hot(z.argmax(), len(z), dtype=z.dtype)
  return -jnp.log(jnp.maximum((jax.nn.softmax(z) + m * label)[k] / (1 + m), c))


def _matrix(num_classes):
  return noise.symmetric_matrix(num_classes, 0.4)


CLAMPS = (
  Clamp("gce", "p_k", "APL, ALFs, ANL, GJS", 1e-7, _gce(0.7)),
  Clamp("gce", "p_k", "eps-softmax", 1e-8, _gce(0.7)),
  Clamp("ngce", "every p", "APL", 1e-7, _ngce(0.7)),
  Clamp("ngce(q=0.1)", "every p", "APL", 1e-7, _ngce(0.1)),
  Clamp("rce", "every p", "APL, ALFs, ANL, GJS", 1e-7, _rce),
  Clamp("rce", "every p", "eps-softmax", 1e-8, _rce),
  Clamp("sce", "every p of `rce`", "APL, ANL, GJS", 1e-7, _sce),
  Clamp("js(pi=0.1)", "p and the mean, in logarithms", "GJS", 1e-7, _js(0.1)),
  Clamp("js(pi=0.9)", "p and the mean, in logarithms", "GJS", 1e-7, _js(0.9)),
  Clamp("backward", "every p, and at 1 - c", "Patrini et al., CVPR 2017", 1e-7, _backward),
  Clamp("ece(m=100000)", "every q", "eps-softmax, JAL", 1e-8, _ece),
)


class Change(NamedTuple):
  """The changes by a clamp, over the logits of the page.

  Attributes:
    value: largest difference of the loss.
    largest_value: largest absolute value of our loss.
    gradient: largest difference of the gradients, summed over the logits.
    largest_gradient: largest absolute gradient of our loss, summed over the logits.
  """

  value: float
  largest_value: float
  gradient: float
  largest_gradient: float


def change(clamp: Clamp, num_classes: int) -> Change:
  """The changes by a clamp on K classes."""
  ours = losses.backward_correction(_matrix(num_classes))
  if clamp.loss != "backward":
    ours = losses.parse(clamp.loss)
  rng = np.random.default_rng(0)
  logits = _SCALES[:, None, None] * rng.standard_normal((len(_SCALES), _DRAWS, num_classes))
  with jax.enable_x64(True):

    def theirs(z):
      return clamp.clamped(z, 0, clamp.c)

    @jax.jit
    @jax.vmap
    def both(z):
      return jax.value_and_grad(theirs)(z), jax.value_and_grad(ours)(z, 0)

    (value, slope), (our_value, our_slope) = jax.device_get(
      both(logits.reshape(-1, num_classes))
    )
  return Change(
    np.max(np.abs(value - our_value)),
    np.max(np.abs(our_value)),
    np.max(np.abs(slope - our_slope).sum(-1)),
    np.max(np.abs(our_slope).sum(-1)),
  )


def row(clamp: Clamp) -> str:
  """A line of the table."""
  cells = [f"`{clamp.loss}`", clamp.where, f"{clamp.c:.0e}", clamp.codes]
  for count in _CLASSES:
    found = change(clamp, count)
    cells += [f"{found.value:.1e} of {found.largest_value:.3g}"]
    cells += [f"{found.gradient:.1e} of {found.largest_gradient:.3g}"]
  return f"| {' | '.join(cells)} |\n"


def page_of(rows: Iterable[str]) -> str:
  """The page as Markdown, with these lines in its table."""
  head = ["loss", "clamped", "c", "codes"]
  for count in _CLASSES:
    head += [f"loss, K = {count}", f"gradient, K = {count}"]
  lines = [f"| {' | '.join(cells)} |\n" for cells in (head, ["---"] * len(head))]
  numbers = dict(low=_SCALES[0], high=_SCALES[-1], draws=_DRAWS, scales=len(_SCALES))
  return _INTRODUCTION.format(**numbers) + "".join([*lines, *rows]) + _REMARKS


def main(argv):
  messages.only_flags(argv)
  PATH.write_text(page_of(map(row, CLAMPS)))


if __name__ == "__main__":
  app.run(main)
