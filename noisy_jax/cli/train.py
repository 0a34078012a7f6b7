r"""Trains a network on noisy labels.

  noisy-jax train --dataset=digits1000 --loss=mae --logit_bias=auto \
    --noise_rate=0.4 --workdir=runs/digits1000-mae-star

Every setting of noisy_jax.training.TrainConfig is a flag of the same name. --recipe sets
the flags of a published experiment (noisy_jax/sweeps/recipes.py). --loss=auto takes the
loss, bias and method that docs/choosing.md recommends for the run, and prints the reason.
"""

import contextlib
import dataclasses
import sys

import jax
from absl import flags

from noisy_jax import data, runs, training
from noisy_jax.cli import (
  auto_loss,
  config_flags,
  messages,
  multihost_flags,
  path_flags,
)
from noisy_jax.sweeps import recipes
from noisy_jax.training import placement

_SETTINGS = config_flags.define()
flags.adopt_module_key_flags(config_flags)  # --helpshort shows them
flags.adopt_module_key_flags(multihost_flags)
_DATA_DIR = path_flags.define("data_dir", None, "Directory of prepared TFDS sets.")
_DOWNLOAD = flags.DEFINE_bool(
  "download", False, "Whether TFDS may download and prepare a data set that is not there."
)
_RECIPE = flags.DEFINE_string(
  "recipe",
  None,
  f"Settings of a published experiment: {', '.join(recipes.RECIPES)}. A flag beside "
  "it overrides it; --loss=published:nce+agce takes the hyperparameters for data set and "
  "noise.",
)
_NUM_SEEDS = flags.DEFINE_integer(
  "seeds", 1, "Number of networks to train, with seeds from --seed up.", 1, 1000
)
_WORKDIR = path_flags.define(
  "workdir",
  None,
  "Directory for config, metrics, summary and checkpoints; without it nothing is saved.",
)
_TENSORBOARD = flags.DEFINE_bool(
  "tensorboard", False, "Whether to write the metrics for TensorBoard into the workdir too."
)


def main(argv):
  messages.only_flags(argv)
  workdir = _WORKDIR.value
  with messages.ending_in_one_line(ValueError, OSError):
    multihost_flags.start()
    if _TENSORBOARD.value:
      _check_tensorboard(workdir)
    config, dataset, recommended = _read()
    seeds = runs.called_by_first(lambda: _unfinished_seeds(config))
    if not seeds:
      messages.say(f"{workdir} holds this run, finished; nothing to do (see summary.json)")
      return
    chosen = config_flags.chosen_for_dataset(_SETTINGS, _RECIPE.value)
    setup = _prepare(config, chosen, seeds, dataset)
    training.check_seeds(setup, _NUM_SEEDS.value)
  _describe(setup, chosen)
  if recommended is not None:
    for line in f"recommended: {recommended}".splitlines():
      messages.say(line)
  if workdir is None:
    messages.say("nothing is saved, as there is no --workdir")
  with messages.ending_in_one_line(FloatingPointError, OSError):
    summaries = _train(setup, seeds)
  chosen_by = "best on test" if setup.validation is None else "best on validation"
  for seed, summary in zip(seeds, summaries, strict=True):
    of_seed = f"seed {seed}: " if _NUM_SEEDS.value > 1 else ""
    messages.say(
      f"{of_seed}test accuracy {summary['test_accuracy']:.4f} "
      f"({chosen_by} {summary['best_test_accuracy']:.4f}, epoch {summary['best_epoch']}), "
      f"{summary['seconds']:.1f} s"
    )


def _read():
  """The config; if its loss is auto, also the data set and the recommendation."""
  if not auto_loss.is_asked(_SETTINGS):
    return config_flags.read(_SETTINGS, _RECIPE.value), None, None
  config = config_flags.read(_SETTINGS, _RECIPE.value, loss="ce")
  with _enough_memory():
    dataset = training.open_dataset(config, _DATA_DIR.value, download=_DOWNLOAD.value)
  recommended = auto_loss.recommend(config, dataset)
  settings = auto_loss.settings(recommended)
  return dataclasses.replace(config, **settings), dataset, recommended


def _prepare(config, chosen, seeds, dataset):
  workdirs = [place for seed, place in _workdirs(config).items() if seed in seeds]
  try:
    with _enough_memory():
      return runs.prepare(
        config,
        data_dir=_DATA_DIR.value,
        dataset=dataset,
        download=_DOWNLOAD.value,
        workdirs=workdirs,
      )
  except ValueError as error:
    if "model" in chosen and str(error).startswith("images: "):
      raise ValueError(
        f"model: {config.model}, which is the default for this data set: {error}; "
        "--model=mlp takes any size"
      ) from error
    raise


@contextlib.contextmanager
def _enough_memory():
  try:
    yield
  except MemoryError as error:
    messages.fail(f"not enough memory for the data ({error})")


def _train(setup, seeds):
  workdir, tensorboard = _WORKDIR.value, _TENSORBOARD.value
  try:
    if _NUM_SEEDS.value == 1:
      return [runs.run(setup, workdir, tensorboard=tensorboard, more_epochs=True)]
    return runs.run_seeds(setup, seeds, workdir, tensorboard=tensorboard, more_epochs=True)
  except jax.errors.JaxRuntimeError as error:
    if cause := placement.out_of_memory(error):
      messages.fail(
        f"not enough memory on the device ({cause[:200]}); a smaller batch_size, larger "
        "accumulation or smaller model needs less"
      )
    if jax.process_count() == 1:
      raise
    cause = str(error).partition("\n")[0]
    sys.exit(
      f"error: another process has ended, or cannot be reached ({cause}); start all "
      "again with the same command: the run goes on from its last checkpoint"
    )


def _check_tensorboard(workdir):
  if workdir is None:
    raise ValueError("tensorboard: true, must come with a workdir, where its files go")
  runs.check_tensorboard()


def _unfinished_seeds(config):
  """The seeds whose runs are not finished in their workdirs."""
  if _WORKDIR.value is None:
    return list(_seeds(config))
  return [
    seed
    for seed, place in _workdirs(config).items()
    if _is_unfinished(place, dataclasses.replace(config, seed=seed))
  ]


def _seeds(config):
  return range(config.seed, config.seed + _NUM_SEEDS.value)


def _workdirs(config):
  """The workdir of each seed; empty without --workdir."""
  workdir, seeds = _WORKDIR.value, _seeds(config)
  if workdir is None:
    return {}
  if len(seeds) == 1:
    return {config.seed: workdir}
  return {seed: runs.seed_workdir(workdir, seed) for seed in seeds}


def _is_unfinished(place, config):
  return runs.check_workdir(place, config, more_epochs=True) is None


def _describe(setup, chosen):
  for note in setup.dataset.notes:
    messages.say(note)
  size = data.summary(setup.dataset.train_labels, setup.dataset.num_classes)
  streamed = ", streamed" if setup.dataset.is_streamed else ""
  messages.say(f"{setup.config.dataset}: {size}, {setup.labels_in_words}{streamed}")
  if chosen:
    flags_of = " ".join(f"--{name}={value}" for name, value in chosen.items())
    messages.say(f"chosen for these images: {flags_of}")
  if setup.foreign is not None:
    messages.say(f"{setup.foreign.mean():.1%} of the images are foreign")
  if setup.validation is not None:
    messages.say(f"{len(setup.validation.labels):,} more for validation")
  if setup.clean is not None:
    clean = len(setup.clean.labels)
    messages.say(f"{clean} more with right labels, for {setup.config.method}")
  if setup.initial is not None:
    messages.say(f"begins with the weights of {setup.config.init_from}")
  description, bias = setup.objective.description, setup.objective.logit_bias
  method = "" if setup.config.method == "none" else f", by {setup.config.method}"
  reason = setup.objective.bias_reason
  messages.say(f"{description} with logit bias {bias:g} ({reason}){method}")
  if setup.objective.schedules:
    messages.say(f"scheduled: {', '.join(setup.objective.schedules)}")
