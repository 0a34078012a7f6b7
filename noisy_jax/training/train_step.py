"""Pure functions per device for the steps of training."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn

from noisy_jax import methods
from noisy_jax.data import Mixing, batch_key, example_keys
from noisy_jax.losses import cross_entropy
from noisy_jax.training import metrics
from noisy_jax.training.batch import Examples, scan, standardize
from noisy_jax.training.metrics import Array


class Best(NamedTuple):
  """The network after the epoch with the highest validation accuracy.

  Attributes:
    accuracy: this accuracy, float32; -1 before the first epoch.
    variables: variables to evaluate.
  """

  accuracy: Any
  variables: Any


class State(NamedTuple):
  """The state that training changes.

  Attributes:
    params: parameters of the network.
    batch_stats: running statistics of the network, empty without batch normalisation.
    opt_state: state of the optimizer.
    average: exponential moving average of the parameters; None without one.
    method: memory of the method; empty for a plain loss.
    best: the best network so far; None without a validation split.
  """

  params: Any
  batch_stats: Any
  opt_state: optax.OptState
  average: Any = None
  method: methods.MethodState = methods.MethodState()
  best: Best | None = None

  @property
  def variables(self) -> dict[str, Any]:
    """The variables to evaluate: with the averaged parameters, if there is an average."""
    params = self.params if self.average is None else self.average
    return {"params": params, "batch_stats": self.batch_stats}


def train_step(
  state: State,
  examples: Examples,
  indices: jax.Array,
  key: jax.Array | None = None,
  step: jax.Array | int = 0,
  *,
  model: nn.Module,
  method: methods.Method,
  optimizer: optax.GradientTransformation,
  axis_name: str,
  augment: Callable[[jax.Array, Array], Array] | None = None,
  mix: Mixing | None = None,
  average_decay: float = 0.0,
  num_parts: int = 1,
  num_views: int = 1,
  learning_rate: Any = None,
) -> tuple[State, metrics.Totals]:
  """One step on the mean loss of the global batch.

  Args:
    state: equal on all devices, before and after.
    examples: the training set, or the examples of this device's part of the step.
    indices: this device's part of the global batch, int32[n], of equal size on all devices.
    key: random key of the epoch, equal on all devices; None without augmentation.
    step: number of the step, equal on all devices, for the random key of the batch.
    model: maps images to logits and to the extra outputs of the method.
    method: gives the loss of each example; see `methods.plain` for a loss by itself.
    optimizer: turns gradients into updates.
    axis_name: name of the axis of devices, over which gradients are averaged.
    augment: maps (keys, images) to images, with one key per example from the epoch's key
      and the example's index; None leaves images as they are.
    mix: mixes each image, standardised, with its neighbour in the batch, and their labels;
      None leaves them apart.
    average_decay: decay of the moving average of the parameters, if the state has one.
    num_parts: number of parts that the examples are split into and computed in turn. The
      gradient is the mean over all parts. Batch normalisation sees one part at a time.
    num_views: number of views of each image, each augmented by itself. The network sees
      all views as one batch; with several, the loss takes logits [views, n, K].
    learning_rate: that of this step, for a method that has `after_step`.

  Returns:
    The new state, and the totals of this device's part before the update. Accuracies count
    the first view, and both labels of a mixture by their weights.

  Raises:
    ValueError: if images are to be augmented or mixed without a key.
  """
  shared, all_rows = state.method

  def batch(indices):
    images, labels = examples.images[indices], examples.targets(indices)
    places = examples.in_set(indices)
    rows = jax.tree.map(lambda leaf: leaf[places], all_rows)
    if augment is not None:
      images = _views(augment, example_keys(_given(key), indices), images, num_views)
    inputs = standardize(images, examples.mean, examples.std)
    if mix is not None:
      inputs, labels = mix(batch_key(_given(key), step), inputs, labels)
    return inputs, labels, rows

  def weighted(values, indices):
    return values if examples.weights is None else examples.weights[indices] * values

  def logits_of(outputs):
    return outputs[:, : outputs.shape[-1] - method.num_extra_outputs]

  def network(params, batch_stats, inputs):
    variables = {"params": params, "batch_stats": batch_stats}
    return model.apply(variables, inputs, train=True, mutable=["batch_stats"])

  def part_gradient(batch_stats, indices):
    inputs, labels, rows = batch(indices)

    def mean_loss(params):
      outputs, changed = network(params, batch_stats, inputs)
      views = outputs.reshape(num_views, -1, outputs.shape[-1])
      seen = views if num_views > 1 else outputs
      values, new_rows = method.loss(shared, rows, seen, labels)
      values = weighted(values, indices)
      return values.mean(), (changed.get("batch_stats", {}), new_rows, values, views[0])

    gradient, aux = jax.grad(mean_loss, has_aux=True)(state.params)
    new_stats, new_rows, values, outputs = aux
    totals = metrics.totals_of(values, logits_of(outputs), labels)
    return new_stats, (gradient, totals, new_rows)

  if method.adapt is not None:
    inputs, labels, rows = batch(indices)

    def batch_loss(shared, params):
      outputs, _ = network(params, state.batch_stats, inputs)
      values, _ = method.loss(shared, rows, outputs, labels)
      return weighted(values, indices).mean()

    def clean_loss(params):
      clean_inputs, clean_labels = _clean_batch(examples, indices)
      outputs, _ = network(params, state.batch_stats, clean_inputs)
      return cross_entropy(logits_of(outputs), clean_labels).mean()

    def stepped(gradient):
      updates, _ = optimizer.update(gradient, state.opt_state, state.params)
      return optax.apply_updates(state.params, updates)

    mean = functools.partial(jax.lax.pmean, axis_name=axis_name)
    at_hand = methods.StepAtHand(state.params, batch_loss, clean_loss, stepped, mean)
    shared = method.adapt(shared, at_hand)

  if num_parts == 1:
    batch_stats, (gradient, totals, rows) = part_gradient(state.batch_stats, indices)
  else:
    # The sum is carried: the gradients of all parts would take the memory that parts save.
    def add_part(carry, indices):
      batch_stats, gradient_sum = carry
      batch_stats, (gradient, *others) = part_gradient(batch_stats, indices)
      return (batch_stats, jax.tree.map(jnp.add, gradient_sum, gradient)), others

    none = jax.tree.map(jnp.zeros_like, state.params)
    (batch_stats, gradient), (totals, rows) = jax.lax.scan(
      add_part, (state.batch_stats, none), indices.reshape(num_parts, -1)
    )
    gradient = jax.tree.map(lambda leaf: leaf / num_parts, gradient)
    totals = jax.tree.map(lambda leaf: leaf.sum(0), totals)
    rows = jax.tree.map(jnp.concatenate, rows)

  gradient = jax.lax.pmean(gradient, axis_name)
  updates, opt_state = optimizer.update(gradient, state.opt_state, state.params)
  params = optax.apply_updates(state.params, updates)
  average = state.average
  if average is not None:
    average = optax.incremental_update(params, average, 1 - average_decay)
  places = examples.in_set(indices)
  if jax.tree.leaves(rows):
    places, rows = jax.lax.all_gather((places, rows), axis_name, tiled=True)
  if method.after_step is not None:
    shared = method.after_step(shared, rows, learning_rate)
  memory = methods.MethodState(shared, _replaced(all_rows, places, rows))
  return State(params, batch_stats, opt_state, average, memory, state.best), totals


def train_steps(
  state: State,
  examples: Examples,
  indices: jax.Array,
  key: jax.Array | None = None,
  first_step: jax.Array | int = 0,
  *,
  method_at: Callable[[jax.Array], methods.Method],
  axis_name: str,
  rate_at: Callable[[Any], Any] | None = None,
  **kwargs,
) -> tuple[State, metrics.Totals]:
  """Runs `train_step` for each row of indices.

  Args:
    state: as in `train_step`.
    examples: as in `train_step`.
    indices: rows of indices, int32[steps, n].
    key: as in `train_step`.
    first_step: number of steps that the training has done before, int32.
    method_at: function from the number of a step to its method.
    axis_name: as in `train_step`.
    rate_at: function from the number of a step to its learning rate; None where no method
      asks for it.
    **kwargs: further arguments of `train_step`.

  Returns:
    The new state, and the totals of each step over all devices, [steps].
  """

  def step(state, row):
    indices, number = row
    method = method_at(number)
    return train_step(
      state,
      examples,
      indices,
      key,
      number,
      method=method,
      axis_name=axis_name,
      learning_rate=None if rate_at is None else rate_at(number),
      **kwargs,
    )

  numbers = first_step + jnp.arange(len(indices), dtype=jnp.int32)
  state, totals = scan(step, state, (indices, numbers))
  return state, jax.lax.psum(totals, axis_name)


def _given(key):
  if key is None:
    raise ValueError("key: None, must be a random key where images are augmented or mixed")
  return key


def _views(augment, keys, images, num_views):
  """The views of all images, one after the other, [views * n, height, width, channels]."""
  if num_views == 1:
    return augment(keys, images)
  of_view = jax.vmap(jax.random.fold_in, (0, None))
  return jnp.concatenate([augment(of_view(keys, v), images) for v in range(num_views)])


def _clean_batch(examples, indices):
  """Images and labels of the clean examples that go with these training examples."""
  images, labels = examples.clean
  places = indices % len(labels)
  return standardize(images[places], examples.mean, examples.std), labels[places]


def _replaced(all_rows, places, rows):
  """The rows of all examples, updated for the global batch."""
  if not jax.tree.leaves(all_rows):
    return all_rows
  return jax.tree.map(lambda leaf, new: leaf.at[places].set(new), all_rows, rows)
