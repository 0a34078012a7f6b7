"""A warning for a network that is still at chance after two epochs."""

from collections.abc import Sequence

import numpy as np

from noisy_jax import data
from noisy_jax.training.epoch import Epoch
from noisy_jax.training.setup import Setup

# By then most networks have started, and little time is lost.
_AFTER = 2
# Standard errors above chance that luck does not explain.
_ERRORS = 3
# Fewer steps an epoch are too few for any network.
_FEW_STEPS = 20


def warning(setup: Setup, results: Sequence[Epoch]) -> str | None:
  """Warns once, after the second epoch, of a network that has learned nothing.

  Chance is the share of the commonest training label: a constant answer gets that many
  right. A network is at chance if its accuracy is at most three standard errors higher.

  Args:
    setup: the run.
    results: the epoch's results, one for each seed.

  Returns:
    A sentence that says what to try; None after other epochs, and where every network
    learns.
  """
  if results[0].epoch != _AFTER:
    return None
  noisy, num_classes = setup.train_labels.noisy, setup.train_labels.num_classes
  chance = data.class_counts(noisy, num_classes).max() / len(noisy)
  largest = chance + _ERRORS * np.sqrt(chance * (1 - chance) / len(noisy))
  lowest = min(result.train_accuracy for result in results)
  if lowest > largest:
    return None
  return (
    f"warning: after {_AFTER} epochs the training accuracy, {lowest:.1%}, is that of "
    f"chance, {chance:.1%}; try {', or '.join(_remedies(setup))}"
  )


def _remedies(setup):
  config, eps = setup.config, setup.objective.logit_bias
  num_steps = len(setup.train_labels.noisy) // config.batch_size
  if num_steps < _FEW_STEPS:
    yield f"a batch_size below {config.batch_size}: an epoch has {num_steps} steps"
  if config.loss != "ce" and setup.dataset.num_classes > 10 and not eps:
    yield "logit_bias auto, or the loss ce"
  rate = config.learning_rate
  yield f"a learning_rate of {rate / 10 if rate > 0.01 else 10 * rate:g}"
  is_picture = len(setup.dataset.image_shape) == 3
  if is_picture and config.model == "mlp" and config.parts.data.name.source != "digits":
    yield "the model cnn5"
