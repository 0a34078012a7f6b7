"""Losses with the hyperparameters that papers print, by what a run asks for."""

from typing import Any

from noisy_jax import losses
from noisy_jax.noise import parse as parse_noise

_PUBLISHED = "published:"
# As tables of hyperparameters call a kind of noise.
_KINDS = {"symmetric_including_true": "symmetric"}


def loss_expression(
  text: str, dataset: str, noise: str, rate: float, recipe: str | None = None
) -> str:
  """A loss as TrainConfig takes it, with the published numbers where they are asked for.

  Args:
    text: an expression, which stays as it is; or `published:` and a short name in
      `losses.PUBLISHED`, such as published:nce+agce; where codes differ, with the one that
      is meant, as in published:apl/nce+mae.
    dataset: whose hyperparameters are meant; the name of its configuration does not count.
    noise: as TrainConfig has it: which hyperparameters are meant.
    rate: of the noise.
    recipe: whose code comes before others where none is named.

  Returns:
    An expression.

  Raises:
    ValueError: if nothing, or more than one thing, is published for what is asked.
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
    return str(losses.published(loss, dataset, code=code, **asked))
  return str(published_by(recipe and recipe.partition("/")[0], loss, dataset, **asked))


def published_by(
  code: str | None, loss: str, dataset: str, **asked: Any
) -> losses.Expression:
  """The published loss of a code, or where that has none, of any.

  Args:
    code: a key of `losses.CODES`, or None.
    loss: as `losses.published` takes it, likewise what follows.
    dataset: see there.
    **asked: see there, noise and rate.

  Returns:
    The loss.

  Raises:
    ValueError: as `losses.published`.
  """
  rows = [row for row in losses.PUBLISHED if (row.loss, row.dataset) == (loss, dataset)]
  of_code = any(code in row.codes for row in rows)
  return losses.published(loss, dataset, code=code if of_code else None, **asked)
