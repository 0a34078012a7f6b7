"""Learning the hyperparameters of a loss during training, from clean examples."""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from noisy_jax import checks, losses
from noisy_jax.losses import Expression, Loss
from noisy_jax.losses.biased_loss import BiasedLoss
from noisy_jax.methods.method import Method, MethodState, StepAtHand, of_labels

# Least distance of a hyperparameter to an open end of its range.
_INSIDE = 1e-3
_BIAS = "logit_bias"
# At a closed end the loss is a limit with slope 0 in pi, which would stay there.
_INSIDE_ALWAYS = ("pi",)
# The learning rate already scales the loss; p_min has to stay below 1/K; q_min is a clamp
# of published code.
_NOT_LEARNED = ("scale", "p_min", "q_min")


class Learned(NamedTuple):
  """The variables that are learned beside the network.

  Attributes:
    values: the hyperparameters by name, a scalar each.
    opt_state: state of their optimizer.
  """

  values: Any
  opt_state: Any


def meta(
  loss: Loss,
  *,
  size: int = 1000,
  rate: float = 0.01,
  bias: bool = False,
  first_order: bool = False,
) -> Method:
  """Adaptive robust loss by meta-learning.

  The hyperparameters h of the loss are variables. Each step is simulated first. With
  parameters w, batch loss L_h and the optimizer's step w' = w'(grad_w L_h(w)), which
  includes momentum, clip and decay, h descends the cross-entropy C of a batch of clean
  examples,

    dC/dh = d/dh <u, grad_w L_h(w)>,   u = (dw'/dgrad)^T grad C(w').

  The real step then starts from w, with the new h. The gradient is exact. The mixed second
  derivative is computed only along u, forward through the network; two more gradients, of
  L_h and of C, are computed in full (experiments/benchmarks/method_cost.py has the cost).
  The first-order option takes the gradient of C at w in place of w', with u = -grad C(w),
  and saves one of them.

  The method learns the hyperparameters of every loss in the sum that have a range: q of
  gce, alpha and beta of sce, a and q of agce, t1 and t2 of bi_tempered and so on, but no
  scale, as the learning rate already scales the loss, and neither p_min nor q_min. They
  start from the values of the loss and stay within their range. If there are none, or on
  request, the method learns the logit bias, from its value. rate = 0 is the loss. The pi of
  js and gjs stays inside (0, 1): at the ends its gradient is 0.

  Clean examples come from files, or are taken out of a training set whose labels are known
  to be right. Training example i is paired with clean example i mod their number, without
  augmentation. So compare the results only with methods that also see clean labels.

  Args:
    loss: a `losses.Expression`, with a logit bias or without; for any other loss only the
      bias is learned.
    size: number of clean examples to take out of the training set, from 1 up; 1000 in the
      papers. Clean examples from files are all used.
    rate: learning rate of the hyperparameters' Adam, at least 0, and about the largest
      change of each in a step. Our choice; 0.001 in the code of NARL-Adjuster.
    bias: whether to learn the logit bias too if the loss has hyperparameters.
    first_order: whether to take the clean gradient before the simulated step.

  Returns:
    `Method`, with clean examples.

  Raises:
    ValueError: if size is not a whole number from 1 up, rate is out of range, a loss with
      hyperparameters occurs twice, or pi is 0 or 1.

  Source: Shu et al., "Learning Adaptive Loss for Robust Learning with Noisy Labels", arXiv
    2002.06482; clean set as in the code of NARL-Adjuster, arXiv 2301.07306. Adam, the
    pairing and the first-order option are our choice.
  """
  size = checks.whole_number("size", size, 1)
  rate = checks.number("rate", rate, "[0, inf)")
  loss, eps = (loss.loss, loss.eps) if isinstance(loss, BiasedLoss) else (loss, 0.0)
  ranges = _ranges(loss)
  if bias or not ranges:
    ranges[_BIAS] = (-jnp.inf, jnp.inf)
  optimizer = optax.adam(rate)

  def init(labels, num_classes):
    first = _first_values(loss) | {_BIAS: eps}
    values = {name: jnp.float32(first[name]) for name in ranges}
    return MethodState(shared=Learned(values, optimizer.init(values)))

  def loss_at(learned, rows, logits, labels):
    values = dict(learned.values)
    bias = values.pop(_BIAS, eps)
    biased = losses.with_logit_bias(_with_values(loss, values), bias)
    return of_labels(biased, logits, labels), rows

  def adapt(learned, at_hand: StepAtHand):
    def batch_loss(values, params):
      return at_hand.batch_loss(learned._replace(values=values), params)

    gradient = hypergradient(batch_loss, learned.values, at_hand, first_order=first_order)
    updates, opt_state = optimizer.update(gradient, learned.opt_state)
    moved = optax.apply_updates(learned.values, updates)
    values = {name: jnp.clip(moved[name], *ranges[name]) for name in ranges}
    return Learned(values, opt_state)

  return Method(
    init,
    loss_at,
    adapt=adapt,
    learned=lambda state: state.shared.values,
    num_clean=size,
  )


def hypergradient(
  batch_loss: Any, values: Any, at_hand: StepAtHand, *, first_order: bool = False
) -> Any:
  """Gradient of the clean loss after a step in the hyperparameters of the step's loss.

  Means over devices are not differentiated: each factor is averaged by itself.

  Args:
    batch_loss: function of (values, params) to the mean loss of this device's batch.
    values: the hyperparameters, a tree of scalars.
    at_hand: the step.
    first_order: as in `meta`.

  Returns:
    A tree like values, equal on all devices.
  """
  params, mean = at_hand.params, at_hand.mean
  if first_order:
    direction = jax.tree.map(jnp.negative, mean(jax.grad(at_hand.clean_loss)(params)))
  else:
    gradient = mean(jax.grad(batch_loss, argnums=1)(values, params))
    virtual, transposed = jax.vjp(at_hand.step, gradient)
    (direction,) = transposed(mean(jax.grad(at_hand.clean_loss)(virtual)))
    # A clip has no derivative at a gradient of 0, as of a loss that is flat here.
    direction = jax.tree.map(lambda d: jnp.where(jnp.isfinite(d), d, 0), direction)

  def slope(values):
    at_values = functools.partial(batch_loss, values)
    return jax.jvp(at_values, (params,), (direction,))[1]

  return mean(jax.grad(slope)(values))


def _learnable(loss):
  """Yields (term, keyword, range) of each hyperparameter that can be learned."""
  terms = loss.terms if isinstance(loss, Expression) else ()
  for term in terms:
    for keyword, interval in losses.PROPERTIES[term.name].ranges.items():
      if keyword not in _NOT_LEARNED:
        yield term, keyword, interval


def _ranges(loss):
  """The closed range of each hyperparameter, which includes its first value."""
  ranges, first = {}, _first_values(loss)
  for term, keyword, interval in _learnable(loss):
    name = f"{term.name}.{keyword}"
    if name in ranges:
      raise ValueError(f"loss: {term.name} occurs twice, must occur once to be learned")
    if keyword in _INSIDE_ALWAYS:
      interval = f"({interval[1:-1]})"
    low, high = (float(end) for end in interval[1:-1].split(","))
    low += _INSIDE if interval[0] == "(" else 0
    high -= _INSIDE if interval[-1] == ")" else 0
    # The number for auto follows from the classes, which are not known yet.
    value = low if first[name] == losses.AUTO else first[name]
    if keyword in _INSIDE_ALWAYS and not 0 < value < 1:
      raise ValueError(f"{name}: {value}, must be in (0, 1) to be learned")
    ranges[name] = (min(low, value), max(high, value))
  return ranges


def _first_values(loss):
  """The value of each learnable hyperparameter in the expression."""
  return {
    f"{term.name}.{keyword}": (losses.defaults(term.name) | dict(term.keywords))[keyword]
    for term, keyword, _ in _learnable(loss)
  }


def _with_values(loss, values):
  """The expression with these values in place of its own."""
  for name, value in values.items():
    loss = loss.with_value(name, value)
  return loss
