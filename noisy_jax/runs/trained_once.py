"""The network of a run that is trained where nobody has done so yet."""

import os

import numpy as np

from noisy_jax.runs import content
from noisy_jax.runs.record_reader import check_workdir, read_labels
from noisy_jax.runs.runner import run
from noisy_jax.runs.trained import Trained, load_trained
from noisy_jax.training.setup import Setup


def trained_once(setup: Setup, workdir: str | os.PathLike, *, title: str = "") -> Trained:
  """Trains a setup to its end in a workdir, unless that holds the run finished.

  Args:
    setup: the run.
    workdir: its directory; an unfinished run there goes on.
    title: text before the progress.

  Returns:
    The network after the last epoch.

  Raises:
    OSError: as `run`; also if a finished run there had other data or noisy labels.
    FloatingPointError: if the loss is not finite.
    Stopped: as `run`.
  """
  if check_workdir(workdir, setup.config) is None:
    run(setup, workdir, title=title)
    return load_trained(workdir)
  trained = load_trained(workdir)
  content.check(workdir, trained.content, content.of_setup(setup))
  if not np.array_equal(read_labels(workdir).noisy, setup.train_labels.noisy):
    raise OSError(
      f"workdir: {workdir} holds a finished run with other noisy labels; choose another"
    )
  return trained
