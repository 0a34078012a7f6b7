import json
import pathlib
import shutil

import numpy as np
import pytest

from noisy_jax import runs
from noisy_jax.runs import records as records_
from noisy_jax.training.optimizer import Schedule
from noisy_jax.training.setup import Setup
from tests.stopped_runs import STEPS, a_setup, contents, last_arrays, records

CHANGES = dict(schedule="steps:4:0.5", augmentation="flip")


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
  """Runs of three and of five epochs whose rate does not depend on their number."""
  place = tmp_path_factory.mktemp("runs")
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(Setup, "steps_per_call", 4)
    for epochs in (3, 5):
      runs.run(a_setup(epochs=epochs, **CHANGES), place / str(epochs))
  return place


def test_more_epochs_are_those_of_a_longer_run(ended, tmp_path, capsys):
  longer = ended / "5"
  shutil.copytree(ended / "3", tmp_path, dirs_exist_ok=True)
  setup = a_setup(epochs=5, **CHANGES)
  with pytest.raises(FileExistsError, match="epochs 3 there, 5 here"):
    runs.run(setup, tmp_path)
  with pytest.raises(FileExistsError, match="epochs 3 there, 2 here"):
    runs.run(a_setup(epochs=2, **CHANGES), tmp_path, more_epochs=True)
  capsys.readouterr()
  assert runs.check_workdir(tmp_path, setup.config, more_epochs=True) is None
  summary = runs.run(setup, tmp_path, more_epochs=True)
  assert (summary["epochs"], summary["continued_after"]) == (5, [3])
  assert (
    "had ended after epoch 3; goes on to 5, as a training of 5 epochs would\n"
  ) in capsys.readouterr().out
  *rows, end = records(tmp_path)
  del end["continued_after"]
  assert [*rows, end] == records(longer)
  for name, array in last_arrays(tmp_path).items():
    np.testing.assert_array_equal(array, last_arrays(longer)[name], err_msg=name)
  assert json.loads((tmp_path / "continued.json").read_text()) == {"after_epochs": [3]}
  # The whole of it is one run, known by its config.
  assert runs.check_workdir(tmp_path, setup.config)["epochs"] == 5
  assert runs.load_trained(tmp_path).epochs_done == 5


def test_more_epochs_along_a_cosine_are_told_from_a_longer_run(tmp_path, capsys):
  changes = dict(logit_bias=4.0, bias_schedule="fading", augmentation="none")
  runs.run(a_setup(epochs=1, **changes), tmp_path)
  rates = []
  with pytest.MonkeyPatch.context() as patch:
    cosine = Schedule.rates
    patch.setattr(Schedule, "rates", lambda *x: rates.append(cosine(*x)) or rates[-1])
    runs.run(a_setup(epochs=2, **changes), tmp_path, more_epochs=True)
  # The rate that follows the end, where it was 0, is that of the middle of two epochs.
  assert [float(rate(STEPS)) for rate in rates] == pytest.approx([0.05] * len(rates))
  told = "goes on to 2 with the learning rate and the logit_bias of a training of 2 epochs"
  assert f"{told} there; the result is that of no" in capsys.readouterr().out


@pytest.mark.parametrize("lost", ["of its end", "all"])
def test_an_end_without_its_checkpoint_gets_no_more_epochs(lost, ended, tmp_path):
  shutil.copytree(ended / "3", tmp_path, dirs_exist_ok=True)
  shutil.rmtree(tmp_path / "checkpoints" / (f"{3 * STEPS}" if lost == "of its end" else ""))
  before = contents(tmp_path)
  with pytest.raises(OSError, match="ended after epoch 3, and has no checkpoint of that e"):
    runs.run(a_setup(epochs=5, **CHANGES), tmp_path, more_epochs=True)
  assert before.items() <= contents(tmp_path).items()


def test_seeds_that_cannot_go_on_together_stay_finished(tmp_path):
  changes = dict(epochs=1, augmentation="none")
  runs.run_seeds(a_setup(**changes), (0, 1), tmp_path)
  before = contents(tmp_path)
  with pytest.raises(runs.ApartError, match=r"/seed0 is at step 10 and \S+/seed2 at st"):
    runs.run_seeds(
      a_setup(**changes | {"epochs": 2}), (0, 1, 2), tmp_path, more_epochs=True
    )
  assert before.items() <= contents(tmp_path).items()


@pytest.mark.parametrize("written", range(5))
def test_a_kill_before_more_epochs_loses_nothing(written, ended, tmp_path, monkeypatch):
  shutil.copytree(ended / "3", tmp_path, dirs_exist_ok=True)
  left, write = [written], records_.write_json

  def killed(path, content):
    if not left[0]:
      raise KeyboardInterrupt
    left[0] -= 1
    write(path, content)

  def not_removed(path):
    raise KeyboardInterrupt

  with monkeypatch.context() as patch:
    patch.setattr(records_, "write_json", killed)
    patch.setattr(pathlib.Path, "unlink", not_removed)
    with pytest.raises(KeyboardInterrupt):
      records_.lengthen(tmp_path, 5)
  setup = a_setup(epochs=5, **CHANGES)
  runs.run(setup, tmp_path, more_epochs=True)
  assert records(tmp_path)[:-1] == records(ended / "5")[:-1]
  assert records(tmp_path)[-1]["continued_after"] == [3]
  assert runs.load_trained(tmp_path).epochs_done == 5
