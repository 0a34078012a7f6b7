"""A pmap'd training loop for label noise, from a config to its records."""

from noisy_jax.training.config import TrainConfig
from noisy_jax.training.content import check as check_content
from noisy_jax.training.defaults import of_dataset as defaults_of_dataset
from noisy_jax.training.evaluation import Given
from noisy_jax.training.evaluation import Scores
from noisy_jax.training.evaluation import given_by_dataset
from noisy_jax.training.evaluation import given_by_folder
from noisy_jax.training.evaluation import scores
from noisy_jax.training.feed import check_seeds
from noisy_jax.training.folds import out_of_fold_probabilities
from noisy_jax.training.label_noise import NoisySet
from noisy_jax.training.loop import Epoch
from noisy_jax.training.loop import Moment
from noisy_jax.training.loop import train
from noisy_jax.training.prepare import noisy_set
from noisy_jax.training.prepare import open_dataset
from noisy_jax.training.prepare import prepare
from noisy_jax.training.prediction import Trained
from noisy_jax.training.prediction import load_trained
from noisy_jax.training.prediction import predict
from noisy_jax.training.prediction import probabilities
from noisy_jax.training.processes import called_by_first
from noisy_jax.training.records import check_workdir
from noisy_jax.training.records import read_labels
from noisy_jax.training.runner import run
from noisy_jax.training.runner import run_seeds
from noisy_jax.training.runner import seed_workdir
from noisy_jax.training.signals import Stopped
from noisy_jax.training.store import InUseError
from noisy_jax.training.task import Task
from noisy_jax.training.tensorboard import check_tensorboard
from noisy_jax.training.workdir_files import ApartError

__all__ = [
  "ApartError",
  "Epoch",
  "Given",
  "InUseError",
  "Moment",
  "NoisySet",
  "Scores",
  "Stopped",
  "Task",
  "TrainConfig",
  "Trained",
  "called_by_first",
  "check_content",
  "check_seeds",
  "check_tensorboard",
  "check_workdir",
  "defaults_of_dataset",
  "given_by_dataset",
  "given_by_folder",
  "load_trained",
  "noisy_set",
  "open_dataset",
  "out_of_fold_probabilities",
  "predict",
  "prepare",
  "probabilities",
  "read_labels",
  "run",
  "run_seeds",
  "scores",
  "seed_workdir",
  "train",
]
