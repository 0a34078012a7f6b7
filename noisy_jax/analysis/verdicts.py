"""Verdicts, before any training, on whether a loss learns on K classes.

Gradient descent starts with the pull of the loss, E|<delta_k>(z_k)| over the labelled
logits of a fresh network. The pull of cross-entropy is 0.9 at 10 classes, and nearer to 1
at more. A loss with a pull of 0.01 takes steps that are a hundred times shorter, and does
not start within a usual training.
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from noisy_jax.analysis import bias_worth, calibration, initial_error, reduction, samples
from noisy_jax.gradients import per_logit_gradient
from noisy_jax.losses import cross_entropy
from noisy_jax.losses.biased_loss import with_logit_bias
from noisy_jax.losses.primitives import Loss

# A loss learns from the first pull on, and stalls below the second. We set them between the
# pulls of GCE and MAE in the demo with 100 and 1000 classes: GCE learned with 0.035, MAE
# reached a sixth of cross-entropy's accuracy with 0.019, and GCE almost none with 0.007.
LEARNS, STALLS = calibration.LEARNS, 0.01

_NUM_QUANTILES = 64
# A number of classes on which losses are known to learn.
_FEW_CLASSES = 10
_SEED = 0


class Overlap(NamedTuple):
  """The gradient of a loss at the logits of a fresh network.

  Attributes:
    overlap: E|<delta_k>(z_k)| over the initial logits z_k, as a share of the largest
      |<delta_k>|: 1 if all logits lie at the largest error, 0 if none lies where there is
      an error.
    pull: E|<delta_k>(z_k)|, with which training starts.
    gradient_norm: mean Euclidean norm of dL/dz over all logits.
    peak: the labelled logit with the largest |<delta_k>|.
  """

  overlap: float
  pull: float
  gradient_norm: float
  peak: float


class Verdict(NamedTuple):
  """Whether a loss is expected to learn, and the expected gain of a logit bias.

  Attributes:
    answer: "learns", "marginal" or "stalls".
    before: overlap of the loss without a bias.
    logit_bias: the calibrated bias; 0 if none is needed, None if none helps.
    after: overlap of the loss with this bias; None if none helps.
    strength: the pull, as a share of the loss's own pull on 10 classes.
    of_cross_entropy: the pull, as a share of cross-entropy's pull on K classes.
    gain: points of accuracy that `bias_worth` expects from the bias; 0 if none is needed or
      none helps.
    worth: the gain in words, "under 3", "3 to 15" or "more than 15".
    advice: one or two sentences of advice.
  """

  answer: str
  before: Overlap
  logit_bias: float | None
  after: Overlap | None
  strength: float
  of_cross_entropy: float
  gain: float
  worth: str
  advice: str


def overlap(
  loss: Loss, num_classes: int, *, logit_std: float = 1.0, logits: ArrayLike | None = None
) -> Overlap:
  """The overlap of the initial logits' distribution with the gradient of the loss.

  With f(z) = |<delta_k>(z)|, the overlap is E f(z_k) / max_z f(z). It does not depend on
  the scale of the loss; the pull E f(z_k) and the gradient norm do.

  Args:
    loss: function of (logits, labels), one value per example; hashable.
    num_classes: K, at least 2.
    logit_std: standard deviation of the initial logits, all N(0, logit_std^2).
    logits: logits of fresh networks in their place, float[..., K], as from
      `initial_logits`.

  Returns:
    `Overlap`, the same every time, as the draws are fixed.

  Raises:
    ValueError: as `average_error`, or if the pull is not finite.
  """
  initial = _initial(logit_std, logits)
  # Beyond this range, a class is certain for any loss.
  spread = max(1.0, float(np.std(initial)))
  everywhere = np.linspace(-8 * spread, np.log(num_classes) + 12 * spread, 161)
  # A constant on all logits of a network moves the curve with them.
  everywhere += np.mean(initial)
  z = np.concatenate([initial, everywhere])
  sample = _sample(loss, num_classes, logit_std, logits)
  size = np.abs(np.asarray(initial_error.curve(loss, z, sample).mean, np.float64))
  found = float(size[:_NUM_QUANTILES].mean())
  if not np.isfinite(found):
    raise ValueError(
      f"loss: its average error over the initial logits is {found}, must be finite"
    )
  # Far from them, a loss that is written in the softmax divides by what rounds to 0.
  size = np.where(np.isfinite(size), size, 0)
  largest = float(size.max())
  if reduction.is_reducible(loss):
    norm = _mean_gradient_norm(*reduction.without_bias(loss, initial), *sample)
  else:
    norm = _gradient_norm(loss, num_classes, logit_std, logits)
  share = found / largest if largest > 0 else 0.0
  return Overlap(share, found, float(norm), float(z[size.argmax()]))


def verdict(
  loss: Loss,
  num_classes: int,
  *,
  epochs: int | None = None,
  logit_std: float = 1.0,
  logits: ArrayLike | None = None,
) -> Verdict:
  """The verdict whether a loss learns on K classes, with advice.

  A loss learns from a pull of 0.03 on, stalls below 0.01, and is marginal between. These
  limits are for a learning rate that suits cross-entropy, whose pull is close to 1; ten
  times the loss has ten times the pull. A loss that learns may learn late, or only some of
  the classes: then the calibrated bias is worth more.

  Args:
    loss: function of (logits, labels), one value per example; hashable.
    num_classes: K, at least 2.
    epochs: number of epochs of the training; by default 6, a short one.
    logit_std: standard deviation of the initial logits, all N(0, logit_std^2).
    logits: logits of fresh networks in their place, float[..., K], as from
      `initial_logits`.

  Returns:
    `Verdict`.

  Raises:
    ValueError: as `overlap`, or if epochs is below 1.
  """
  if epochs is None:
    epochs = bias_worth.EPOCHS
  if epochs < 1:
    raise ValueError(f"epochs: {epochs}, must be at least 1")
  before = overlap(loss, num_classes, logit_std=logit_std, logits=logits)
  found = answer(before.pull)
  few = pull(loss, _FEW_CLASSES)
  strength = before.pull / few if few > 0 else 0.0
  reference = pull(cross_entropy, num_classes, logit_std=logit_std, logits=logits)
  beside = (strength, before.pull / reference)
  try:
    eps = calibration.logit_bias(loss, num_classes).value
  except calibration.NoRootError as error:
    advice = _advice_without_bias(found, before, num_classes, error)
    worth = bias_worth.answer(0.0)
    return Verdict(found, before, None, None, *beside, 0.0, worth, advice)
  gain, early, after = 0.0, 0.0, before
  if eps:
    biased = with_logit_bias(loss, eps)
    after = overlap(biased, num_classes, logit_std=logit_std, logits=logits)
    falls = elasticity(loss, num_classes)
    gain = bias_worth.gain(strength, falls, epochs)
    early = bias_worth.gain(strength, falls)
  worth, early_worth = bias_worth.answer(gain), bias_worth.answer(early)
  advice = _advice(found, eps, after, worth, early_worth, epochs, num_classes)
  return Verdict(found, before, eps, after, *beside, gain, worth, advice)


def _initial(logit_std, logits):
  """Quantiles of the labelled logit."""
  shares = (np.arange(_NUM_QUANTILES) + 0.5) / _NUM_QUANTILES
  if logits is None:
    # On use, as it would take a fifth of the time of importing this package.
    from scipy import special

    return logit_std * special.ndtri(shares)
  return np.quantile(np.asarray(logits, np.float64), shares)


def _sample(loss, num_classes, logit_std, logits):
  if logits is None:
    return samples.fixed_sample(loss, num_classes, logit_std)
  reducible = reduction.is_reducible(loss)
  return samples.logits_sample(reducible, num_classes, jax.random.key(_SEED), logits)


def pull(
  loss: Loss, num_classes: int, *, logit_std: float = 1.0, logits: ArrayLike | None = None
) -> float:
  """E|<delta_k>(z_k)| over the initial logits, the pull of `overlap`."""
  sample = _sample(loss, num_classes, logit_std, logits)
  mean = initial_error.curve(loss, _initial(logit_std, logits), sample).mean
  return float(np.abs(np.asarray(mean, np.float64)).mean())


def elasticity(loss: Loss, num_classes: int) -> float:
  """d ln|<delta_k>| / dz_k at z_k = 0, from the errors at -0.5 and 0.5."""
  sample = _sample(loss, num_classes, 1.0, None)
  mean = initial_error.curve(loss, np.array([-0.5, 0.5]), sample).mean
  low, high = np.abs(np.asarray(mean, np.float64))
  # Without a pull there is no slope. With 1, the strength alone decides.
  return float(np.log(high / low)) if min(low, high) > 0 else 1.0


@functools.partial(jax.jit, static_argnums=0)
def _mean_gradient_norm(loss, z, others, count):
  norms = reduction.gradient_norm(loss, z[:, None], others)
  return norms.mean(0).mean(where=jnp.arange(norms.shape[1]) < count)


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
  """The answer "learns", "marginal" or "stalls" for a pull."""
  if pull >= LEARNS:
    return "learns"
  return "stalls" if pull < STALLS else "marginal"


def _advice(found, eps, after, worth, early, epochs, num_classes):
  if not eps:
    if found == "learns":
      return "Use it as it is."
    return "It pulls as hard as on few classes, but weakly: a factor or a warm-up may help."
  call = f"losses.with_logit_bias(loss, {eps:g})"
  if found == "learns":
    points = f"{worth} points of accuracy in {epochs} epochs"
    if bias_worth.UNDER_3 == worth == early:
      return f"Use it as it is: a logit bias of {eps:g} is worth {points}."
    if worth == bias_worth.UNDER_3:
      # GCE on 100 classes and 40 epochs gained 20 points from it with 20 % symmetric noise,
      # and lost 60 with 80 %.
      return (
        f"It learns. A logit bias of {eps:g} is worth {early} points of accuracy in "
        f"{bias_worth.EPOCHS} epochs. After {epochs} epochs it depends on the noise: "
        f"analysis.recommend({num_classes}, noise)."
      )
    return f"It learns, but a logit bias of {eps:g} is worth {points}: {call}."
  better = answer(after.pull)
  so_that = "which is marginal" if better == "marginal" else f"so that it {better}"
  return f"A logit bias of {eps:g} raises the pull to {after.pull:.2g}, {so_that}: {call}."


def _advice_without_bias(found, before, num_classes, error):
  if found == "learns":
    return "Use it as it is; no bias gives it the average error it has on 10 classes."
  factor = 0.1 / before.pull if before.pull > 0 else np.inf
  return (
    f"No bias helps: at {num_classes} classes its average error is at most "
    f"{error.largest:.2g}. Its gradient is small everywhere: multiply it, by {factor:.2g} "
    "say, or add a loss that learns."
  )
