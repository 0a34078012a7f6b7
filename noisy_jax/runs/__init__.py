"""Runs: training with records, checkpoints and progress, and reading a run's results."""

from noisy_jax.runs.content import check as check_content
from noisy_jax.runs.files import ApartError
from noisy_jax.runs.files import write_csv
from noisy_jax.runs.multihost import called_by_first
from noisy_jax.runs.out_of_fold import out_of_fold_probabilities
from noisy_jax.runs.preemption import Stopped
from noisy_jax.runs.prepare import prepare
from noisy_jax.runs.record_reader import check_workdir
from noisy_jax.runs.record_reader import read_labels
from noisy_jax.runs.runner import run
from noisy_jax.runs.runner import run_seeds
from noisy_jax.runs.runner import seed_workdir
from noisy_jax.runs.run_directory import InUseError
from noisy_jax.runs.scores import Given
from noisy_jax.runs.scores import Scores
from noisy_jax.runs.scores import given_by_dataset
from noisy_jax.runs.scores import given_by_folder
from noisy_jax.runs.scores import scores
from noisy_jax.runs.tensorboard import check_tensorboard
from noisy_jax.runs.trained import Trained
from noisy_jax.runs.trained import load_trained
from noisy_jax.runs.trained import predict
from noisy_jax.runs.trained import probabilities
from noisy_jax.runs.trained_once import trained_once

__all__ = [
  "ApartError",
  "Given",
  "InUseError",
  "Scores",
  "Stopped",
  "Trained",
  "called_by_first",
  "check_content",
  "check_tensorboard",
  "check_workdir",
  "given_by_dataset",
  "given_by_folder",
  "load_trained",
  "out_of_fold_probabilities",
  "predict",
  "prepare",
  "probabilities",
  "read_labels",
  "run",
  "run_seeds",
  "scores",
  "seed_workdir",
  "trained_once",
  "write_csv",
]
