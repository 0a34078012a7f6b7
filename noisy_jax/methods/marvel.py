"""MARVEL: examples whose margins stay small over several epochs get weight 0."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from noisy_jax import checks
from noisy_jax.losses import Loss
from noisy_jax.losses.primitives import label_mask
from noisy_jax.methods.method import Method, MethodState

# Bounds the memory, which has as many numbers for each example.
_LONGEST = 1000


class Margins(NamedTuple):
  """MARVEL's memory of each example.

  Attributes:
    history: margins at the last visits, the latest last, float32[N, window]; infinite for
      visits in the warm-up, and for visits yet to come.
    declared: whether the label is declared wrong, bool[N].
  """

  history: Any
  declared: Any


def marvel(
  loss: Loss, *, threshold: float = 0.0, window: int = 4, warm_up: int = 2
) -> Method:
  """Margins via early learning (MARVEL).

  The margin of an example is m = p_y - max_{j != y} p_j in [-1, 1], with p = softmax(z):
  below 0 the network prefers another class. The margin is recorded at each visit, once an
  epoch. If the last `window` margins of an example are all below the threshold at the end
  of an epoch, its label is declared wrong, and its loss is 0 for the rest of the training.
  The warm-up epochs do not count, as all margins are small then.

    L_i = loss(z_i, y_i) [i not declared]

  The mean over the batch still counts the declared examples. threshold = -1 declares
  nothing and is the loss by itself. An example's score is the mean of its recorded margins;
  without any it has no score, and with fewer than `window` no verdict. The memory takes
  (4 window + 1) N bytes.

  The abstracts of the paper's two versions say that an instance is declared noisy "if its
  classification margin is small in a sequence of consecutive learning epochs", and that
  "based on consecutive negative margins" its weight becomes 0. We had no more of the paper:
  the margin of probabilities, the verdict at the end of the epoch, the window and the
  warm-up are our choice.

  Args:
    loss: function of (logits, labels), one value per example.
    threshold: number in [-1, 1] below which a margin is small.
    window: number of margins in a row, from 1 to 1000.
    warm_up: number of first epochs that do not count, from 0 up.

  Returns:
    `Method`.

  Raises:
    ValueError: if threshold is out of range, or window or warm_up is not a whole number in
      its range.

  Source: Lin and Bradic, "Learning to Combat Noisy Labels via Classification Margins",
    arXiv 2102.00751 (abstracts of versions 1 and 2).
  """
  return _marvel(loss, threshold, window, warm_up)


def marvel_plus(
  loss: Loss,
  *,
  threshold: float = 0.0,
  window: int = 4,
  warm_up: int = 2,
  arduous: float = 0.5,
  weight: float = 2.0,
) -> Method:
  """MARVEL+: `marvel`, with more weight on hard examples that seem right.

  An example is arduous if it is not declared wrong and the mean m of its recorded margins
  lies in [threshold, arduous): the network agrees with its label, but is not sure.

    L_i = loss(z_i, y_i) (0 if declared, weight if arduous, else 1)

  weight = 1 is `marvel`. The abstract says that "arduous instances can be upweighted". Our
  choice is which examples are arduous, and their weight.

  Args:
    loss: function of (logits, labels), one value per example.
    threshold: as in `marvel`.
    window: as in `marvel`.
    warm_up: as in `marvel`; in these epochs all weights are 1.
    arduous: mean margin from which an example is easy, in [-1, 1].
    weight: weight of an arduous example, at least 1.

  Returns:
    `Method`.

  Raises:
    ValueError: if threshold, arduous or weight is out of range, or window or warm_up is not
      a whole number in its range.

  Source: Lin and Bradic, arXiv 2102.00751 (abstract).
  """
  arduous = checks.number("arduous", arduous, "[-1, 1]")
  weight = checks.number("weight", weight, "[1, inf)")
  return _marvel(loss, threshold, window, warm_up, arduous, weight)


def margin(logits: jax.Array, labels: jax.Array) -> jax.Array:
  """p_y - max_{j != y} p_j, float[n] in [-1, 1], of logits [n, K] and labels y, int[n]."""
  p = jax.nn.softmax(checks.in_float32_or_wider(logits))
  is_label = label_mask(logits, labels)
  return jnp.where(is_label, p, 0).sum(-1) - jnp.where(is_label, 0, p).max(-1)


def _marvel(loss, threshold, window, warm_up, arduous=-1.0, weight=1.0):
  threshold = checks.number("threshold", threshold, "[-1, 1]")
  window = checks.whole_number("window", window, 1, _LONGEST)
  warm_up = checks.whole_number("warm_up", warm_up, 0)

  def init(labels, num_classes):
    size = len(labels)
    history = jnp.full((size, window), jnp.inf)
    return MethodState(jnp.int32(0), Margins(history, jnp.zeros(size, bool)))

  def weighted_loss(epoch, rows, logits, labels):
    mean = _mean_margin(rows.history)
    # Without margins the mean is NaN, and the example is not arduous.
    is_arduous = (threshold <= mean) & (mean < arduous)
    weights = jnp.where(rows.declared, 0, jnp.where(is_arduous, weight, 1))
    latest = jax.lax.stop_gradient(margin(logits, labels))
    latest = jnp.where(epoch < warm_up, jnp.inf, latest)
    history = jnp.concatenate([rows.history[:, 1:], latest[:, None]], axis=1)
    return weights * loss(logits, labels), rows._replace(history=history)

  def end_of_epoch(state):
    history, declared = state.examples
    is_small = (history < threshold).all(-1)
    return MethodState(state.shared + 1, Margins(history, declared | is_small))

  def verdicts(state, labels):
    history, declared = state.examples
    return jnp.where(declared | jnp.isfinite(history).all(-1), declared, jnp.nan)

  return Method(
    init,
    weighted_loss,
    end_of_epoch,
    scores=lambda state, labels: _mean_margin(state.examples.history),
    declared=verdicts,
  )


def _mean_margin(history):
  """The mean of the recorded margins, [n]; NaN without any."""
  seen = jnp.isfinite(history)
  return jnp.where(seen, history, 0).sum(-1) / seen.sum(-1)
