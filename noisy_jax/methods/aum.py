"""Area under the margin: scores of the labels, from a training that stays as it is."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from noisy_jax import checks
from noisy_jax.losses import Loss
from noisy_jax.losses.primitives import label_mask
from noisy_jax.methods.method import Method, MethodState


class Area(NamedTuple):
  """The margins of each example so far.

  Attributes:
    mean: their mean, float32[N].
    count: their number, int32[N].
  """

  mean: Any
  count: Any


def aum(loss: Loss) -> Method:
  """Area under the margin (AUM), around any loss.

  The loss and its gradient stay as they are. An example's score is the mean over its visits
  so far, one in each epoch, of the margin

    m = z_y - max_{j != y} z_j

  of its logits z, without a logit bias, in logits. A wrong label has a small margin: for as
  long as the network has not memorised it, the network prefers the class that examples of
  the kind have elsewhere. A mean over the training remembers that when the last margin no
  longer does. Where the loss compares several views of an image, the margin is that of the
  first. Before the first visit an example has no score. The memory takes 8 N bytes.

  Args:
    loss: function of (logits, labels), one value per example.

  Returns:
    `Method`.

  Source: Pleiss, Zhang, Elenberg and Weinberger, "Identifying Mislabeled Data using the
    Area Under the Margin Ranking", NeurIPS 2020; the mean as in their code
    (asappresearch/aum). Their threshold, from examples of a class that they add, is not
    here.
  """

  def init(labels, num_classes):
    return MethodState(examples=Area(jnp.zeros(len(labels)), jnp.zeros(len(labels), int)))

  def loss_and_area(_, area, outputs, labels):
    logits = outputs if outputs.ndim == 2 else outputs[0]
    margins = logit_margin(jax.lax.stop_gradient(logits), labels)
    count = area.count + 1
    return loss(outputs, labels), Area(area.mean + (margins - area.mean) / count, count)

  def scores(state, labels):
    return jnp.where(state.examples.count > 0, state.examples.mean, jnp.nan)

  return Method(init, loss_and_area, scores=scores, takes_views=True)


def logit_margin(logits: jax.Array, labels: jax.Array) -> jax.Array:
  """z_y - max_{j != y} z_j, float[n], of logits z [n, K] and labels y, int[n]."""
  logits = checks.in_float32_or_wider(logits)
  is_label = label_mask(logits, labels)
  of_label = jnp.where(is_label, logits, 0).sum(-1)
  return of_label - jnp.where(is_label, -jnp.inf, logits).max(-1)
