"""Schedules of numbers in a loss: the fading bias, and the rising q of GCE."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from noisy_jax import checks

# Decrease of a bias over a whole training.
_FADING = 10.0


def fading_bias(eps: float, num_steps: int) -> Callable[[ArrayLike], jax.Array]:
  """A bias that falls from eps during the training: an `optax.Schedule`.

  eps(t) = max(eps - 10 t / T, 0), with t the step and T their number. A bias lets a bounded
  loss start, but a constant bias lets it memorise: by `theory.largest_tolerant_bias`, MAE
  with the bias bears only noise whose right labels are exp(2 eps) times as likely as any
  wrong one. The rate of 10 is the same for all K: the bias reaches 0 after a quarter of the
  training on 100 classes, and after half of it on 1000. Our guess, which we did not
  measure, is that a network needs the bias until its logits have moved by about eps.

  The rule is this library's own. We chose the rate on digits100 and digits1000 with
  symmetric noise of 20 to 80 %, and tested it on other sets (experiments/results/fading).

  Args:
    eps: the bias at the beginning, at least 0, as from `logit_bias`; one above 10 ends at
      eps - 10.
    num_steps: T, at least 1.

  Returns:
    A function of the step, an integer from 0 up, which may be traced, to the bias, float32.

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
  """The q of GCE, rising to 1 during the training: an `optax.Schedule`.

  q(t) = q + (1 - q) t / T, with t the step and T their number. GCE with q = 1 is MAE, which
  bears any noise whose right label is the likeliest. The rule is our own, and gained
  nothing so far: with 40 % symmetric noise on digits1000, the test accuracy was 72.5 %, and
  58.2 % with a q that rose in half of the steps (one seed each), but 83.3 % with a constant
  q (experiments/results/digits1000).

  Args:
    q: the q at the beginning, in [0, 1], as from `hyperparameter(losses.gce, "q", K)`.
    num_steps: T, at least 1.

  Returns:
    A function of the step, an integer from 0 up, which may be traced, to q, float32.

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
