"""What the names in a report stand for, in Markdown."""

import dataclasses
from collections.abc import Sequence

from experiments import outcomes
from experiments.runs import Run
from noisy_jax import losses, methods
from noisy_jax.training import TrainConfig

_DEFINED = ("dataset", "loss", "logit_bias", "method", "noise", "noise_rate")
_NOT_SHARED = (*_DEFINED, "seed", "chosen")
_DEFAULTS = vars(TrainConfig())


def table(runs: Sequence[Run]) -> str:
  """A Markdown table of what the names of the losses stand for.

  Args:
    runs: of a grid.

  Returns:
    Markdown; hyperparameters that are the defaults of a loss are written out.
  """
  rows = outcomes.rows(runs)
  own_settings = {
    loss: f"`{text}`" if (text := _own_settings(runs, loss)) else ""
    for loss in dict.fromkeys(run.loss for run in runs)
  }
  more = ["method"] * any(row.method != "none" for row in rows)
  more += ["settings of its own"] * any(own_settings.values())
  columns = ["loss", "expression", "logit bias", *more]
  lines = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
  for loss in own_settings:
    own = [row for row in rows if row.loss == loss]
    shown = {"method": f"`{own[0].method}`", "settings of its own": own_settings[loss]}
    expression = _by_classes({row.num_classes: _written_out(row.expression) for row in own})
    bias = _by_classes({row.num_classes: f"{row.logit_bias:.4g}" for row in own})
    lines.append(
      f"| {' | '.join([loss, expression, bias, *(shown[name] for name in more)])} |"
    )
  clean = dict.fromkeys(text for run in runs if (text := _clean_examples(run.config)))
  notes = [f"{text}, which others do not." for text in clean]
  return "\n".join([*lines, *(f"\n{note}" for note in notes)]) + "\n"


def settings(runs: Sequence[Run]) -> str:
  """What all runs have in common and is not the default of TrainConfig, as flags."""
  return _flags(runs, runs[0].config, shared=True)


def _own_settings(runs, loss):
  """The settings of a loss that not all runs have, as flags."""
  config = next(run.config for run in runs if run.loss == loss)
  return _flags(runs, config, shared=False)


def _flags(runs, config, shared):
  """The settings of a config, but for defaults, that all runs have, or else the others."""
  return " ".join(
    _flag(name, value)
    for name, value in config.items()
    if name not in _NOT_SHARED
    and (len(_values(runs, name)) == 1) == shared
    and (_hashable(value) != _hashable(_DEFAULTS[name]) or name == "epochs")
  )


def _values(runs, name):
  """What runs have for a setting; those older than it did what its default does."""
  return {_hashable(run.config.get(name, _DEFAULTS[name])) for run in runs}


def _hashable(value):
  return tuple(value) if isinstance(value, list) else value


def _flag(name, value):
  return f"--{name}={','.join(map(str, value)) if isinstance(value, list) else value}"


def _by_classes(texts):
  """A text for each number of classes; one alone if they are the same."""
  if len(set(texts.values())) == 1:
    return next(iter(texts.values()))
  counts = ", ".join(f"{count:,}" for count in texts)
  return f"{', '.join(texts.values())} at {counts} classes"


def _written_out(expression):
  """The expression with the hyperparameters that are the defaults of its losses."""
  terms = losses.parse(expression).terms
  whole = (
    dataclasses.replace(
      term, keywords=tuple((losses.defaults(term.name) | dict(term.keywords)).items())
    )
    for term in terms
  )
  return f"`{' + '.join(map(str, whole))}`"


def _clean_examples(config):
  """Whose right labels a method sees; nothing of one that sees none."""
  method, files = config.get("method", "none"), config.get("clean", "none")
  count = methods.parse(method).around(losses.parse(config["chosen"]["loss"])).num_clean
  where = f"the examples in {files}" if files != "none" else f"{count:,} training examples"
  return f"`{method}` sees the right labels of {where}" if count else ""
