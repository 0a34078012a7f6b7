"""Losses with the hyperparameters of published codes, for the settings of a run."""

from typing import Any

from noisy_jax import losses
from noisy_jax.noise import parse as parse_noise

_PUBLISHED = "published:"
# Names of noise in the tables of hyperparameters, where they differ from ours.
_KINDS = {"symmetric_including_true": "symmetric"}


def loss_expression(
  text: str, dataset: str, noise: str, rate: float, recipe: str | None = None
) -> str:
  """The expression of a loss, with published hyperparameters in place of `published:`.

  Args:
    text: an expression, which stays as it is; or `published:` and a short name in
      `losses.PUBLISHED`, such as published:nce+agce. Where codes differ, the text names
      one, as in published:apl/nce+mae.
    dataset: data set of the hyperparameters, whose configuration does not count.
    noise: noise of the hyperparameters, as in `TrainConfig`.
    rate: rate of the noise.
    recipe: recipe whose code is preferred if the text names none.

  Returns:
    An expression for `TrainConfig`.

  Raises:
    ValueError: if no hyperparameters, or several, are published for these settings.
  """
  if not text.startswith(_PUBLISHED):
    return text
  code, slash, loss = text.removeprefix(_PUBLISHED).rpartition("/")
  kind = parse_noise(noise)
  asked: dict[str, Any] = dict(
    noise=_KINDS.get(kind.name, kind.name), rate=rate if kind.has_rate else None
  )
  dataset = dataset.partition("/")[0]
  if slash:
    return str(losses.published_loss(loss, dataset, code=code, **asked))
  return str(published_by(recipe and recipe.partition("/")[0], loss, dataset, **asked))


def published_by(
  code: str | None, loss: str, dataset: str, **asked: Any
) -> losses.Expression:
  """The published loss of a code, or of any code if this one has none.

  Args:
    code: a key of `losses.CODES`, or None.
    loss: short name of the loss, as in `losses.published_loss`.
    dataset: data set of the hyperparameters, as in `losses.published_loss`.
    **asked: noise and rate, as in `losses.published_loss`.

  Returns:
    The loss.

  Raises:
    ValueError: as `losses.published_loss`.
  """
  rows = [row for row in losses.PUBLISHED if (row.loss, row.dataset) == (loss, dataset)]
  of_code = any(code in row.codes for row in rows)
  return losses.published_loss(loss, dataset, code=code if of_code else None, **asked)
