"""The legend of a report: the meaning of its names, in Markdown."""

import dataclasses
from collections.abc import Sequence

import pandas as pd

from noisy_jax import losses, methods
from noisy_jax.reports import tables
from noisy_jax.sweeps.finished_runs import Run
from noisy_jax.training import TrainConfig

_DEFINED = ("dataset", "loss", "logit_bias", "method", "noise", "noise_rate")
_NOT_SHARED = (*_DEFINED, "seed", "chosen")
_DEFAULTS = vars(TrainConfig())


def table(runs: Sequence[Run], rows: pd.DataFrame) -> str:
  """A Markdown table that explains the names of the losses.

  Args:
    runs: the runs of a grid.
    rows: the rows from `outcomes.table`.

  Returns:
    Markdown, in which expressions have all hyperparameters, defaults too.
  """
  lines = []
  for loss, own in rows.groupby("loss", observed=True):
    run = next(run for run in runs if run.loss == loss)
    expressions = map(_written_out, own.expression)
    lines.append(
      {
        "loss": loss,
        "expression": _by_classes(own.num_classes, expressions),
        "logit bias": _by_classes(own.num_classes, own.logit_bias.map("{:.4g}".format)),
        "method": f"`{run.config['method']}`",
        "settings of its own": _code(_flags(runs, run.config, shared=False)),
      }
    )
  shown = pd.DataFrame(lines)
  if (rows.method == "none").all():
    del shown["method"]
  if not shown["settings of its own"].any():
    del shown["settings of its own"]
  clean = dict.fromkeys(text for run in runs if (text := _clean_examples(run.config)))
  notes = [f"\n{text}, which others do not.\n" for text in clean]
  return tables.markdown(shown.columns, shown.to_numpy()) + "".join(notes)


def settings(runs: Sequence[Run]) -> str:
  """The settings that all runs share and that are not defaults, as flags."""
  return _flags(runs, runs[0].config, shared=True)


def _flags(runs, config, *, shared):
  """A config's settings but for defaults, those that all runs share or the others."""
  return " ".join(
    f"--{name}={','.join(map(str, value)) if isinstance(value, list) else value}"
    for name, value in config.items()
    if name not in _NOT_SHARED
    and (len({_hashable(run.config[name]) for run in runs}) == 1) == shared
    and (_hashable(value) != _hashable(_DEFAULTS[name]) or name == "epochs")
  )


def _hashable(value):
  return tuple(value) if isinstance(value, list) else value


def _code(text):
  return f"`{text}`" if text else ""


def _by_classes(counts, texts):
  """A text for each number of classes, or one text if they are equal."""
  by_count = dict(zip(counts, texts, strict=True))
  if len(set(by_count.values())) == 1:
    return next(iter(by_count.values()))
  counts = ", ".join(f"{count:,}" for count in by_count)
  return f"{', '.join(by_count.values())} at {counts} classes"


def _written_out(expression):
  """The expression with all hyperparameters, defaults too."""
  terms = losses.parse(expression).terms
  whole = (
    dataclasses.replace(
      term, keywords=tuple((losses.defaults(term.name) | dict(term.keywords)).items())
    )
    for term in terms
  )
  return _code(" + ".join(map(str, whole)))


def _clean_examples(config):
  """A note on the right labels that a method sees; empty if it sees none."""
  method, files = config["method"], config["clean"]
  count = methods.parse(method).around(losses.parse(config["chosen"]["loss"])).num_clean
  where = f"the examples in {files}" if files != "none" else f"{count:,} training examples"
  return f"`{method}` sees the right labels of {where}" if count else ""
