"""Pure functions per device that evaluate a network, without changing it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn

from noisy_jax.losses import Loss
from noisy_jax.training import metrics
from noisy_jax.training.batch import Examples, scan, standardize
from noisy_jax.training.metrics import Array


class Predictions(NamedTuple):
  """The network's predictions for examples, in the shape of their indices.

  Attributes:
    labels: the likeliest class, int32.
    confidences: its probability, float32.
    label_ranks: rank of the example's label among the logits, int32; see
      `metrics.label_ranks`.
  """

  labels: Array
  confidences: Array
  label_ranks: Array


def evaluate(
  variables: Any,
  examples: Examples,
  indices: jax.Array,
  *,
  model: nn.Module,
  loss: Loss,
  axis_name: str,
) -> metrics.Totals:
  """Totals over the examples of each row of indices, over all devices.

  Args:
    variables: the network's variables.
    examples: the set to measure on.
    indices: int32[steps, n]; -1 fills up a row and is not counted.
    model: maps images to logits.
    loss: function of (logits, labels), one value per example.
    axis_name: name of the axis of devices.

  Returns:
    `Totals` of each row, [steps], equal on all devices.
  """

  def of_row(_, row):
    images, labels = examples.images[row], examples.labels[row]
    inputs = standardize(images, examples.mean, examples.std)
    logits = jnp.asarray(model.apply(variables, inputs, train=False))
    return None, metrics.totals_of(loss(logits, labels), logits, labels, counts=row >= 0)

  _, totals = scan(of_row, None, indices)
  return jax.lax.psum(totals, axis_name)


def predict(
  variables: Any,
  examples: Examples,
  indices: jax.Array,
  *,
  model: nn.Module,
  probabilities: Callable[[jax.Array], jax.Array],
  axis_name: str,
) -> Predictions:
  """The network's prediction for each example of these indices.

  Args:
    variables: the network's variables.
    examples: the set that indices refer to.
    indices: this device's indices, int32[steps, n]; an index below 0 fills up a row, and
      its prediction means nothing.
    model: maps images to logits.
    probabilities: function from logits to probabilities, [n, K].
    axis_name: name of the axis of devices; their predictions are independent.

  Returns:
    `Predictions` of this device, [steps, n].
  """
  del axis_name

  def of_row(_, row):
    inputs = standardize(examples.images[row], examples.mean, examples.std)
    logits = jnp.asarray(model.apply(variables, inputs, train=False))
    likeliest = logits.argmax(-1).astype(jnp.int32)
    confidences = probabilities(logits).max(-1)
    ranks = metrics.label_ranks(logits, examples.labels[row])
    return None, Predictions(likeliest, confidences, ranks)

  return scan(of_row, None, indices)[1]
