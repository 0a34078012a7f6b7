"""The evaluation after an epoch, on every example and without augmentation."""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from noisy_jax import noise
from noisy_jax.training import (
  eval_step,
  label_quality,
  metrics,
  objective,
  replicas,
  train_step,
)
from noisy_jax.training.input_pipeline import Feed
from noisy_jax.training.setup import Setup


class Programs(NamedTuple):
  """The passes that evaluate a setup, over all devices.

  Attributes:
    evaluate: `eval_step.evaluate` on all devices.
    predict: `eval_step.predict` on all devices.
  """

  evaluate: Callable
  predict: Callable


def programs(setup: Setup) -> Programs:
  """Builds the passes that evaluate a setup.

  Args:
    setup: the run.

  Returns:
    `Programs`.
  """
  over_seeds = (True, False, False)
  evaluate = replicas.pmap(
    eval_step.evaluate,
    setup.devices,
    over_seeds=over_seeds,
    model=setup.model,
    loss=setup.objective.loss,
  )
  predict = replicas.pmap(
    eval_step.predict,
    setup.devices,
    over_seeds=over_seeds,
    model=setup.model,
    probabilities=objective.probabilities_of(
      setup.objective.expression, setup.dataset.num_classes
    ),
  )
  return Programs(evaluate, predict)


def measure(
  setup: Setup,
  programs: Programs,
  state: train_step.State,
  examples: Feed,
) -> list[dict[str, Any]]:
  """Measures the networks on wrong labels and foreign images, and on validation or test.

  Args:
    setup: the run.
    programs: its passes.
    state: the state of the networks, stacked on the devices.
    examples: the examples to measure on. With a validation split, no test example is read.

  Returns:
    A dict for each network, whose keys are fields of `Epoch`.
  """
  if examples.validation is None:
    results = test(programs, state.variables, examples)
  else:
    none = dict.fromkeys(("test_loss", "test_accuracy", "test_top5"))
    results = [
      none | {"validation_loss": loss, "validation_accuracy": accuracy}
      for loss, accuracy, _ in _means(programs, state.variables, examples.validation())
    ]
  memory = replicas.unstack(state.method)
  results = [
    row | label_quality.judged(setup, jax.tree.map(operator.itemgetter(seed), memory))
    for seed, row in enumerate(results)
  ]
  if setup.foreign is None and not setup.train_labels.flipped.any():
    return [row | _train_results(setup, None) for row in results]
  predictions = predict(setup, programs, state.variables, examples)
  return [
    row | _train_results(setup, of_seed)
    for row, of_seed in zip(results, predictions, strict=True)
  ]


def test(programs: Programs, variables: Any, examples: Feed) -> list[dict[str, Any]]:
  """Measures the networks on the test sets.

  Args:
    programs: the passes of a setup.
    variables: variables of the networks, stacked on the devices.
    examples: the examples to measure on.

  Returns:
    A dict for each network, whose keys are fields of `Epoch`.
  """
  results: list[dict[str, Any]] = [
    {"test_loss": loss, "test_accuracy": accuracy, "test_top5": top5}
    for loss, accuracy, top5 in _means(programs, variables, examples.test())
  ]
  if examples.extra_test is None:
    return results
  extra = _means(programs, variables, examples.extra_test())
  return [
    row | {"extra_test_accuracy": accuracy, "extra_test_top5": top5}
    for row, (_, accuracy, top5) in zip(results, extra, strict=True)
  ]


def test_best(programs: Programs, best: train_step.Best, examples: Feed) -> list[float]:
  """The test accuracy of the best network of each seed, stacked on the devices."""
  return [accuracy for _, accuracy, _ in _means(programs, best.variables, examples.test())]


def _means(programs, variables, calls):
  """Mean loss, accuracy and top-5 accuracy of each network."""
  totals = [replicas.unstack(programs.evaluate(variables, *call)) for call in calls]
  means = averages(jax.tree.map(lambda *parts: np.concatenate(parts, 1), *totals))
  return list(zip(*means, strict=True))


def predict(
  setup: Setup, programs: Programs, variables: Any, examples: Feed
) -> list[eval_step.Predictions]:
  """The networks' predictions for each training example.

  Args:
    setup: the run.
    programs: its passes.
    variables: variables of the networks, stacked on the devices.
    examples: the examples to go through.

  Returns:
    `Predictions` of each network, [N].
  """
  parts = [
    replicas.unsplit(programs.predict(variables, *call))
    for call in examples.train_in_order()
  ]
  # [seeds, steps, batch]
  predictions = jax.tree.map(lambda *parts: np.concatenate(parts, 1), *parts)
  size = len(setup.train_labels.noisy)
  return [
    eval_step.Predictions(*(leaf.ravel()[:size] for leaf in leaves))
    for leaves in zip(*predictions, strict=True)
  ]


def averages(totals: metrics.Totals) -> tuple[list[float], list[float], list[float]]:
  """Mean loss, accuracy and top-5 accuracy of each seed.

  Args:
    totals: totals of each step, float32[seeds, steps]; they are summed in float64.

  Returns:
    Three lists, [seeds].
  """
  *sums, count = (np.asarray(leaf, np.float64).sum(axis=1) for leaf in totals)
  loss, accuracy, top5 = ((total / count).tolist() for total in sums)
  return loss, accuracy, top5


def _train_results(setup, predictions):
  """Shares of wrong labels memorised and corrected, and the AUROC of foreign images."""
  results: dict[str, float | None] = dict.fromkeys(
    ("memorised", "corrected", "foreign_auroc")
  )
  if predictions is None:
    return results
  labels, size = setup.train_labels, len(setup.train_labels.noisy)
  predicted, confidences, _ = predictions
  flipped = labels.flipped
  if flipped.any():
    results["memorised"] = float((predicted == labels.noisy)[flipped].mean())
    results["corrected"] = float((predicted == labels.clean)[flipped].mean())
  if setup.foreign is not None and 0 < setup.foreign.sum() < size:
    results["foreign_auroc"] = noise.auroc(confidences, ~setup.foreign)
  return results
