import shutil

import numpy as np
import pytest

from noisy_jax import runs
from noisy_jax.training.setup import Setup
from tests.stopped_runs import STEPS, a_setup, assert_same_end, contents, records, stop_at

SEEDS, PLAIN = (0, 1), dict(augmentation="none")


@pytest.fixture(scope="module")
def runs_of_seeds(tmp_path_factory):
  """Those of seeds 0 and 1: whole, and stopped in epoch 2, after 4 steps."""
  place = tmp_path_factory.mktemp("runs")
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(Setup, "steps_per_call", 4)
    runs.run_seeds(a_setup(**PLAIN), SEEDS, place / "whole")
    with stop_at(2, 4):
      runs.run_seeds(a_setup(**PLAIN), SEEDS, place / "stopped")
  return place


def test_seeds_go_on_together_and_one_by_one(runs_of_seeds, tmp_path):
  whole = runs_of_seeds / "whole"
  shutil.copytree(runs_of_seeds / "stopped", tmp_path / "together")
  shutil.copytree(tmp_path / "together" / "seed1", tmp_path / "alone")
  runs.run_seeds(a_setup(**PLAIN), SEEDS, tmp_path / "together")
  for seed in ("seed0", "seed1"):
    assert_same_end(tmp_path / "together" / seed, whole / seed)
  runs.run(a_setup(**PLAIN, seed=1), tmp_path / "alone")
  expected = records(whole / "seed1")
  for row, other in zip(records(tmp_path / "alone"), expected, strict=True):
    assert row["loss"] == pytest.approx(other["loss"], rel=1e-4)


def test_a_seed_that_was_ahead_goes_back_to_the_others(runs_of_seeds, tmp_path):
  setup = a_setup(**PLAIN)
  shutil.copytree(runs_of_seeds / "stopped", tmp_path, dirs_exist_ok=True)
  with stop_at(3, STEPS):
    runs.run_seeds(setup, SEEDS, tmp_path)
  # As if a kill had come before the second seed's was written.
  shutil.rmtree(tmp_path / "seed1" / "checkpoints" / str(3 * STEPS))
  # The third epoch, done again, takes other seconds: no checkpoint of the first time fits.
  with stop_at(3, STEPS):
    runs.run_seeds(setup, SEEDS, tmp_path)
  runs.run_seeds(setup, SEEDS, tmp_path)
  for seed in ("seed0", "seed1"):
    assert_same_end(tmp_path / seed, runs_of_seeds / "whole" / seed)


def test_no_seed_loses_more_than_an_epoch_to_the_others(runs_of_seeds, tmp_path):
  setup = a_setup(**PLAIN)
  shutil.copytree(runs_of_seeds / "stopped", tmp_path, dirs_exist_ok=True)
  before = contents(tmp_path)
  message = (
    r"^workdir: \S+/seed0 is at step 14 and \S+/seed2 at step 0, together they would go "
    r"back to step 0; train them one by one, each with its seed and workdir, or remove"
  )
  with pytest.raises(runs.ApartError, match=message):
    runs.run_seeds(setup, (0, 1, 2), tmp_path)
  assert before.items() <= contents(tmp_path).items()
  # As if a kill had come while the first checkpoint was written.
  for seed in SEEDS:
    shutil.rmtree(tmp_path / f"seed{seed}" / "checkpoints" / "14")
  shutil.rmtree(tmp_path / "seed1" / "checkpoints" / "10")
  with stop_at(1, 4):
    runs.run_seeds(setup, (0, 1, 2), tmp_path)


def test_seeds_of_other_labels_are_not_trained_together(runs_of_seeds, tmp_path):
  shutil.copytree(runs_of_seeds / "stopped", tmp_path, dirs_exist_ok=True)
  path = tmp_path / "seed1" / "labels.npz"
  # As if another version had drawn them.
  arrays = dict(np.load(path))
  np.savez_compressed(path, **arrays | {"noisy": arrays["clean"]})
  message = r"^workdir: \S+/seed0/labels\.npz has other noisy labels than \S+/seed1/"
  with pytest.raises(runs.ApartError, match=message):
    a_setup(**PLAIN, workdirs=[tmp_path / "seed1", tmp_path / "seed0"])


def test_no_seeds_are_refused():
  with pytest.raises(ValueError, match=r"^seeds: none, must be at least one$"):
    runs.run_seeds(a_setup(), [])
