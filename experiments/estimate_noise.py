r"""Estimates the transition matrix of unknown noise, from a network trained on its labels.

  python -m experiments.train --loss=ce --workdir=runs/ce ...
  python -m experiments.estimate_noise --workdir=runs/ce --checkpoint=best --out=matrix.npy
  python -m experiments.train --loss=ce --correction=forward:matrix.npy ...

noise.estimate_transition says what the methods do, and why the network should not have
memorised its labels yet.
"""

import pathlib

import numpy as np
from absl import app, flags, logging

from experiments import messages
from noisy_jax import data, noise, training

_WORKDIR = flags.DEFINE_string("workdir", None, "Where experiments.train left the run.")
_CHECKPOINT = flags.DEFINE_string(
  "checkpoint", "last", "best, by test accuracy after an epoch; or last."
)
_METHOD = flags.DEFINE_string(
  "method", "confident_joint", "How to estimate: confident_joint or anchor."
)
_DATA_DIR = flags.DEFINE_string("data_dir", None, "Where TFDS finds prepared data sets.")
_OUT = flags.DEFINE_string("out", None, "The .npy file to write.")


def main(argv):
  messages.only_flags(argv)
  with messages.ending_in_one_line(ValueError, OSError):
    path = _checked_path(_OUT.value)
    if _WORKDIR.value is None:
      raise ValueError("workdir: None, must be that of a run")
    trained = training.load_trained(_WORKDIR.value, _CHECKPOINT.value)
    labels = training.read_labels(_WORKDIR.value)
    dataset = training.noisy_set(trained.config, data_dir=_DATA_DIR.value).dataset
    if isinstance(dataset, data.Dataset):
      probabilities = training.probabilities(trained, dataset.train_images)
    else:
      probabilities = training.probabilities(trained, dataset.train)
    matrix = noise.estimate_transition(probabilities, labels.noisy, method=_METHOD.value)
    with path.open("xb") as file:
      np.save(file, matrix)
  kept = np.diagonal(matrix)
  print(
    f"{path}: {kept.mean():.1%} of the labels of an average class are right, from "
    f"{kept.min():.1%} (class {kept.argmin()}) to {kept.max():.1%} (class {kept.argmax()})"
  )


def _checked_path(out):
  if out is None or not out.endswith(".npy"):
    raise ValueError(f"out: {out}, must be a file that ends in .npy")
  path = pathlib.Path(out)
  if path.exists():
    raise FileExistsError(f"out: {path} exists; remove it or choose another")
  if not path.parent.is_dir():
    raise FileNotFoundError(f"out: {path.parent}, there is no such directory")
  return path


if __name__ == "__main__":
  # At level INFO, JAX tells which accelerators it did not find.
  logging.set_verbosity(logging.WARNING)
  app.run(main)
