r"""Trains a network on noisy labels.

  python -m experiments.train --dataset=digits1000 --loss=mae --logit_bias=auto \
    --noise_rate=0.4 --workdir=runs/digits1000-mae-star

Every setting of noisy_jax.training.TrainConfig is a flag of the same name.
"""

import sys

from absl import app, flags, logging

from experiments import config_flags
from noisy_jax import training

_SETTINGS = config_flags.define()
flags.adopt_module_key_flags(config_flags)  # --helpshort shows them
_DATA_DIR = flags.DEFINE_string("data_dir", None, "Where TFDS finds prepared data sets.")
_WORKDIR = flags.DEFINE_string(
  "workdir", None, "Where config, metrics and summary go; without it nothing is saved."
)


def main(argv):
  if len(argv) > 1:
    sys.exit(f"error: unexpected argument {argv[1]!r}; settings are given as --name=value")
  workdir = _WORKDIR.value
  try:
    config = config_flags.read(_SETTINGS)
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
  print(f"{task.expression} with logit bias {task.logit_bias:g} ({task.bias_reason})")
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
