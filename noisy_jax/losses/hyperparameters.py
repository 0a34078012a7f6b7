"""Published hyperparameters, asked for by loss, data set, noise and code."""

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
  """A loss with the hyperparameters published for a data set, a noise and by a code.

  Codes differ, and tune to the kind of noise and its rate: where more than one expression
  is published, the question must say which is meant.

  Args:
    loss: a short name, or two joined by +, the active one first, as in "nce+agce".
    dataset: "mnist", "cifar10", "cifar100", "webvision" or "clothing1m"; "webvision" is
      the mini set of 50 classes that these papers train on.
    noise: its kind: "none", "symmetric", "asymmetric", "instance" or "human"; for any
      other, there is what a code has whatever the noise. None does not ask.
    rate: of the noise; 0 is noise none. None does not ask.
    code: whose, a key of `CODES`. None does not ask.

  Returns:
    The loss; its `str` is the expression, and the rows of `PUBLISHED` name the sources.

  Raises:
    ValueError: if there is none in the table, or more than one; the message lists what
      there is.

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
    asked = f"{kind or 'any'} noise" + (f" of {rate:g}" if rate else "") + by
    raise ValueError(
      f"noise: no published {loss} on {dataset} for {asked}; there is {_listed(rows)}"
    )
  if len({row.expression for row in found}) > 1:
    raise ValueError(
      f"loss: more than one published {loss} on {dataset}, must be asked for by noise, "
      f"rate or code: {_listed(found)}"
    )
  return parse(found[0].expression)


def _holds(row: PublishedLoss, noise, rate, code):
  if noise is not None and row.noise and noise not in row.noise:
    return False
  if rate is not None and noise != "none" and row.rates and rate not in row.rates:
    return False
  return code is None or code in row.codes


def _listed(rows):
  return "; ".join(
    f"{row.expression} for {row.noise_in_words} by {', '.join(row.codes)}" for row in rows
  )
