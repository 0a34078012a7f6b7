"""Will this loss learn on K classes? An answer before any training.

Gradient descent starts with the pull of the loss on the labelled logits of a fresh network:
E|<delta_k>(z_k)| over their distribution. Cross-entropy's is close to 1 at any number of
classes. A loss whose pull is a hundred times less takes steps a hundred times shorter, and
does not start within a usual training.
"""

from typing import NamedTuple

import jax
import numpy as np
from jax.typing import ArrayLike
from scipy import special

from noisy_jax.analysis import calibration, initial_error
from noisy_jax.gradients import per_logit_gradient
from noisy_jax.losses.logit_bias import with_logit_bias
from noisy_jax.losses.primitives import Loss

# Pulls from which a loss learns, and below which it stalls. Ours, set between those of MAE
# and GCE at 100 and 1000 classes of the demo: with 0.035 GCE learned, with 0.019 MAE got to
# a sixth of what cross-entropy reached, and with 0.007 GCE next to nowhere.
LEARNS, STALLS = 0.03, 0.01

_NUM_QUANTILES = 64
_SEED = 0


class Overlap(NamedTuple):
  """How a loss meets the logits of a fresh network.

  Attributes:
    overlap: E|<delta_k>(z_k)| over the initial logits z_k, as a share of the largest
      |<delta_k>|: 1 if all of them lie where the loss pulls hardest, 0 if none lies where
      it pulls at all.
    pull: E|<delta_k>(z_k)| itself, by which training starts.
    gradient_norm: mean Euclidean norm of dL/dz over all logits.
    peak: the labelled logit at which |<delta_k>| is largest.
  """

  overlap: float
  pull: float
  gradient_norm: float
  peak: float


class Verdict(NamedTuple):
  """Whether a loss can be expected to learn.

  Attributes:
    answer: "learns", "marginal" or "stalls".
    before: how the loss as it is meets the initial logits.
    logit_bias: the calibrated bias; 0 if none is needed, None if none helps.
    after: how the loss with that bias meets them; None if none helps.
    advice: what to do, one or two sentences.
  """

  answer: str
  before: Overlap
  logit_bias: float | None
  after: Overlap | None
  advice: str


def overlap(
  loss: Loss, num_classes: int, *, logit_std: float = 1.0, logits: ArrayLike | None = None
) -> Overlap:
  """How much of the initial logits' distribution lies where the loss has gradient.

  With f(z) = |<delta_k>(z)|, the overlap is E f(z_k) / max_z f(z). It does not depend on
  the scale of the loss; the pull E f(z_k) and the gradient norm do. For the overlap of a
  biased loss, pass `losses.with_logit_bias(loss, eps)`.

  Args:
    loss: function of (logits, labels), one value per example; hashable.
    num_classes: K, at least 2.
    logit_std: standard deviation of the initial logits, all N(0, logit_std^2).
    logits: logits of fresh networks to take in their place, float[..., K], as of
      `initial_logits`.

  Returns:
    `Overlap`. The draws are fixed, so it is the same every time.

  Raises:
    ValueError: as `average_error`.
  """
  key = jax.random.key(_SEED)
  shares = (np.arange(_NUM_QUANTILES) + 0.5) / _NUM_QUANTILES
  if logits is None:
    initial = logit_std * special.ndtri(shares)
  else:
    initial = np.quantile(np.asarray(logits, np.float64), shares)
  # Beyond, a class is certain whatever the loss.
  spread = max(1.0, float(np.std(initial)))
  everywhere = np.linspace(-8 * spread, np.log(num_classes) + 12 * spread, 161)
  z = np.concatenate([initial, everywhere])
  mean = initial_error.average_error(
    loss, num_classes, z, key=key, logit_std=logit_std, logits=logits
  ).mean
  size = np.abs(np.asarray(mean, np.float64))
  pull = float(size[:_NUM_QUANTILES].mean())
  largest = float(size.max())
  norm = _gradient_norm(loss, num_classes, logit_std, logits)
  share = pull / largest if largest > 0 else 0.0
  return Overlap(share, pull, norm, float(z[size.argmax()]))


def verdict(
  loss: Loss, num_classes: int, *, logit_std: float = 1.0, logits: ArrayLike | None = None
) -> Verdict:
  """Whether a loss learns on K classes, and what to do if it does not.

  It learns from a pull of `LEARNS` on, stalls below `STALLS`, and is marginal between.
  These are for a learning rate that suits cross-entropy, whose pull is close to 1; a loss
  times 10 pulls 10 times as hard.

  Args:
    loss: function of (logits, labels), one value per example; hashable.
    num_classes: K, at least 2.
    logit_std: standard deviation of the initial logits, all N(0, logit_std^2).
    logits: logits of fresh networks to take in their place, float[..., K], as of
      `initial_logits`.

  Returns:
    `Verdict`.

  Raises:
    ValueError: as `average_error`.
  """
  before = overlap(loss, num_classes, logit_std=logit_std, logits=logits)
  found = answer(before.pull)
  try:
    eps = calibration.logit_bias(loss, num_classes).value
  except calibration.NoRootError as error:
    advice = _advice_without_bias(found, before, num_classes, error)
    return Verdict(found, before, None, None, advice)
  after = before
  if eps:
    biased = with_logit_bias(loss, eps)
    after = overlap(biased, num_classes, logit_std=logit_std, logits=logits)
  return Verdict(found, before, eps, after, _advice(found, eps, after))


def _gradient_norm(loss, num_classes, logit_std, logits):
  rng = np.random.default_rng(_SEED)
  num_rows = max(40, min(1000, 1_000_000 // num_classes))
  if logits is None:
    rows = (logit_std * rng.standard_normal((num_rows, num_classes))).astype(np.float32)
  else:
    rows = np.asarray(logits, np.float32).reshape(-1, num_classes)
    rows = rng.permutation(rows)[:num_rows]
  labels = rng.integers(num_classes, size=len(rows))
  gradient = per_logit_gradient(loss, rows, labels)
  return float(np.linalg.norm(np.asarray(gradient, np.float64), axis=-1).mean())


def answer(pull: float) -> str:
  """Whether a loss of this pull learns.

  Args:
    pull: E|<delta_k>(z_k)| over the initial logits, at least 0.

  Returns:
    "learns", "marginal" or "stalls".
  """
  if pull >= LEARNS:
    return "learns"
  return "stalls" if pull < STALLS else "marginal"


def _advice(found, eps, after):
  if found == "learns":
    return "Use it as it is."
  if not eps:
    return "It pulls as hard as on few classes, but weakly: a factor or a warm-up may help."
  better = answer(after.pull)
  means = (
    f"A logit bias of {eps:g} raises the pull to {after.pull:.2g}, so that it {better}"
  )
  if better == "marginal":
    means = (
      f"A logit bias of {eps:g} raises the pull to {after.pull:.2g}, which is marginal"
    )
  return f"{means}: losses.with_logit_bias(loss, {eps:g})."


def _advice_without_bias(found, before, num_classes, error):
  if found == "learns":
    return "Use it as it is; no bias gives it the average error it has on 10 classes."
  factor = 0.1 / before.pull if before.pull > 0 else np.inf
  return (
    f"No bias helps: at {num_classes} classes its average error is at most "
    f"{error.largest:.2g}. Its gradient is small everywhere: multiply it, by {factor:.2g} "
    "say, or add a loss that learns."
  )
