r"""Trains a network on noisy labels.

  python -m experiments.train --dataset=digits1000 --loss=mae --logit_bias=auto \
    --noise_rate=0.4 --workdir=runs/digits1000-mae-star

Every setting of noisy_jax.training.TrainConfig is a flag of the same name.
"""

import dataclasses
import sys
from typing import Any

from absl import app, flags, logging

from noisy_jax import training


class _NumberOrAuto(flags.ArgumentParser):
  syntactic_help = "a number or auto"

  def parse(self, argument):
    return "auto" if argument == "auto" else float(argument)


class _Widths(flags.ArgumentParser):
  syntactic_help = "integers with commas between them"

  def parse(self, argument):
    return tuple(int(width) for width in argument.split(","))


_PARSERS: dict[Any, flags.ArgumentParser] = {
  int: flags.IntegerParser(),
  float: flags.FloatParser(),
  str: flags.ArgumentParser(),
  float | str: _NumberOrAuto(),
  tuple[int, ...]: _Widths(),
}


# How a default is written as a flag, and read back.
_SERIALIZERS: dict[Any, flags.ArgumentSerializer] = {
  tuple[int, ...]: flags.ListSerializer(",")
}


def _define(field):
  serializer = _SERIALIZERS.get(field.type, flags.ArgumentSerializer())
  default = serializer.serialize(field.default)
  help = field.metadata["help"]
  return flags.DEFINE(
    _PARSERS[field.type], field.name, default, help, serializer=serializer
  )


_SETTINGS = {
  field.name: _define(field) for field in dataclasses.fields(training.TrainConfig)
}
_DATA_DIR = flags.DEFINE_string("data_dir", None, "Where TFDS finds prepared data sets.")
_WORKDIR = flags.DEFINE_string(
  "workdir", None, "Where config, metrics and summary go; without it nothing is saved."
)


def main(argv):
  if len(argv) > 1:
    sys.exit(f"error: unexpected argument {argv[1]!r}; settings are given as --name=value")
  workdir = _WORKDIR.value
  try:
    config = training.TrainConfig(**{name: flag.value for name, flag in _SETTINGS.items()})
    if workdir and training.check_workdir(workdir, config) is not None:
      print(f"{workdir} holds this run, finished; nothing to do (see summary.json)")
      return
    task = training.prepare(config, data_dir=_DATA_DIR.value)
  except (ValueError, OSError) as error:
    sys.exit(f"error: {error}")

  print(
    f"{config.dataset}: {len(task.dataset.train_labels):,} images, "
    f"{task.dataset.num_classes} classes, {task.train_labels.rate:.1%} wrong labels"
  )
  print(f"{config.loss} with logit bias {task.logit_bias:g} ({task.bias_reason})")
  try:
    summary = training.run(task, workdir)
  except (FloatingPointError, OSError) as error:
    sys.exit(f"error: {error}")
  except KeyboardInterrupt:
    sys.exit("interrupted")
  print(
    f"test accuracy {summary['test_accuracy']:.4f} "
    f"(best {summary['best_test_accuracy']:.4f} in epoch {summary['best_epoch']}), "
    f"{summary['seconds']:.1f} s"
  )


if __name__ == "__main__":
  # At level INFO, JAX tells which accelerators it did not find.
  logging.set_verbosity(logging.WARNING)
  app.run(main)
