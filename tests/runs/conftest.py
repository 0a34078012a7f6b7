"""A run that was stopped in epoch 3, after 4 steps; and few steps for a call in all."""

import shutil

import pytest

from noisy_jax.training.setup import Setup
from tests.stopped_runs import few_steps_per_call, stopped_run  # noqa: F401


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
  workdir = tmp_path_factory.mktemp("stopped") / "run"
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(Setup, "steps_per_call", 4)
    stopped_run(workdir, 3, 4)
  return workdir


@pytest.fixture
def workdir(stopped, tmp_path):
  return shutil.copytree(stopped, tmp_path / "run")
