"""Numbers in a loss that change as training goes on, by a rule of this library."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from noisy_jax import checks

# What a bias loses over a whole training.
_FADING = 10.0


def fading_bias(eps: float, num_steps: int) -> Callable[[ArrayLike], jax.Array]:
  """The bias of every step of a training, which falls from eps: an `optax.Schedule`.

  eps(t) = max(eps - 10 t / T, 0), with t the step and T their number. A bias lets a bounded
  loss start, and one that stays lets it memorise: by `theory.largest_tolerant_bias`, MAE
  with it bears only noise whose right labels are exp(2 eps) times as likely as any wrong
  one. It falls at one rate for all K: it is gone after a quarter of the training at 100
  classes, and after half of it at 1000. Our guess at why one rate will do is that the bias
  is needed until the logits have moved by about eps; that was not measured.

  The rule is this library's own, and nothing in it is tuned to data or noise: the rate of
  10 was chosen on digits100 and digits1000 with symmetric noise of 20 to 80 %, and judged
  on other sets (experiments/results/fading).

  Args:
    eps: the bias to begin with, at least 0, as from `logit_bias`; one above 10 ends at
      eps - 10.
    num_steps: T, at least 1.

  Returns:
    A function of the step, from 0 up, an integer or a traced one, to the bias, float32.

  Raises:
    ValueError: if eps is negative or not finite, or num_steps below 1.

  Example:
    >>> from noisy_jax.analysis import schedules
    >>> bias = schedules.fading_bias(4.0, num_steps=100)
    >>> [float(bias(step)) for step in (0, 20, 40, 60)]
    [4.0, 2.0, 0.0, 0.0]
  """
  eps = checks.number("eps", eps, "[0, inf)")
  _check_num_steps(num_steps)
  return lambda step: jnp.maximum(eps - _FADING * jnp.float32(step) / num_steps, 0)


def rising_q(q: float, num_steps: int) -> Callable[[ArrayLike], jax.Array]:
  """The q of GCE at every step of a training, rising to 1: an `optax.Schedule`.

  q(t) = q + (1 - q) t / T, with t the step and T their number. GCE with q = 1 is MAE, which
  bears any noise whose right label is the likeliest. Our own, and no gain so far: with 40 %
  symmetric noise on digits1000 it left 72.5 %, and 58.2 % where q rose in half of the steps
  (one seed each), while a constant q has 83.3 % (experiments/results/digits1000).

  Args:
    q: to begin with, in [0, 1], as from `hyperparameter(losses.gce, "q", num_classes)`.
    num_steps: T, at least 1.

  Returns:
    A function of the step, from 0 up, an integer or a traced one, to q, float32.

  Raises:
    ValueError: if q is out of range, or num_steps below 1.

  Example:
    >>> from noisy_jax.analysis import schedules
    >>> q = schedules.rising_q(0.5, num_steps=100)
    >>> [float(q(step)) for step in (0, 50, 100)]
    [0.5, 0.75, 1.0]
  """
  q = checks.number("q", q, "[0, 1]")
  _check_num_steps(num_steps)
  return lambda step: q + (1 - q) * jnp.minimum(jnp.float32(step) / num_steps, 1)


def _check_num_steps(num_steps):
  if num_steps < 1:
    raise ValueError(f"num_steps: {num_steps}, must be at least 1")
