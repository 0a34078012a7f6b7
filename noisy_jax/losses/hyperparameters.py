"""Looks up published hyperparameters by loss, data set, noise and code."""

from noisy_jax.losses.published_rows import CODES, PUBLISHED, PublishedLoss
from noisy_jax.losses.spec import Expression, parse


def published_loss(
  loss: str,
  dataset: str,
  *,
  noise: str | None = None,
  rate: float | None = None,
  code: str | None = None,
) -> Expression:
  """A loss with published hyperparameters for a data set, a noise and a code.

  Codes differ, and some tune to the kind of noise and its rate. If `PUBLISHED` has several
  expressions, noise, rate or code must single out one.

  Args:
    loss: a short name, or two joined by +, the active one first, as in "nce+agce".
    dataset: "mnist", "cifar10", "cifar100", "webvision" (the mini set of 50 classes) or
      "clothing1m".
    noise: kind of noise: "none", "symmetric", "asymmetric", "instance" or "human"; any
      other kind matches rows for all noise alone. None matches every row.
    rate: rate of the noise; 0 means noise "none", and any other leaves rows for no noise
      out. None matches every row.
    code: a key of `CODES`. None matches every row.

  Returns:
    The loss; its `str` is the expression, and the rows of `PUBLISHED` name the sources.

  Raises:
    ValueError: if no expression matches, or several do; the message lists those there are.

  Example:
    >>> from noisy_jax import losses
    >>> str(losses.published_loss("nce+agce", "cifar100"))
    '10*nce + 0.1*agce(a=1.8, q=3)'
  """
  loss = loss.replace(" ", "")
  if code is not None and code not in CODES:
    raise ValueError(f"code: unknown {code!r}; known: {', '.join(CODES)}")
  of_loss = [row for row in PUBLISHED if row.loss == loss]
  if not of_loss:
    names = ", ".join(dict.fromkeys(row.loss for row in PUBLISHED))
    raise ValueError(f"loss: nothing published for {loss!r}; there is {names}")
  rows = [row for row in of_loss if row.dataset == dataset]
  if not rows:
    datasets = ", ".join(dict.fromkeys(row.dataset for row in of_loss))
    raise ValueError(f"dataset: no published {loss} for {dataset!r}; {loss} has {datasets}")
  kind = "none" if rate == 0 else noise
  found = [row for row in rows if _holds(row, kind, rate, code)]
  if not found:
    by = f" by {code}" if code else ""
    wanted = f"{kind or 'any'} noise" + (f" of {rate:g}" if rate else "") + by
    raise ValueError(
      f"noise: no published {loss} on {dataset} for {wanted}; there is {_in_words(rows)}"
    )
  if len({row.expression for row in found}) > 1:
    raise ValueError(
      f"loss: more than one published {loss} on {dataset}, must be asked for by noise, "
      f"rate or code: {_in_words(found)}"
    )
  return parse(found[0].expression)


def _holds(row: PublishedLoss, noise, rate, code):
  if noise is not None and row.noise and noise not in row.noise:
    return False
  if noise is None and rate is not None and row.noise == ("none",):
    # Rates name the noise that was added, and such a row has none.
    return False
  if rate is not None and noise != "none" and row.rates and rate not in row.rates:
    return False
  return code is None or code in row.codes


def _in_words(rows):
  return "; ".join(
    f"{row.expression} for {row.noise_in_words} by {', '.join(row.codes)}" for row in rows
  )
