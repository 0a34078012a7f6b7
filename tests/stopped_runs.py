"""Short runs that a signal stops, and what they leave."""

import contextlib
import dataclasses
import json
import signal

import numpy as np
import pytest

from noisy_jax import runs, training
from noisy_jax.runs import checkpoints, runner
from noisy_jax.training.setup import Setup
from tests.small_setups import SMALL, small_setup

CHANGES = dict(epochs=3, augmentation="crop+mixup", average_decay=0.9)
CONFIG = dataclasses.replace(SMALL, **CHANGES)
STEPS = 10  # of an epoch


@pytest.fixture(autouse=True)
def few_steps_per_call(monkeypatch):
  monkeypatch.setattr(Setup, "steps_per_call", 4)


def a_setup(num_devices=2, **changes):
  return small_setup(num_devices, train_size=64 * STEPS, **CHANGES | changes)


@contextlib.contextmanager
def stop_at(epoch, steps_done, number=signal.SIGTERM):
  """In this context a signal comes at that moment of a run, and stops it."""

  def train(*args, **kwargs):
    sent = False
    for moment in training.train(*args, **kwargs):
      if (moment.epoch, moment.steps_done) == (epoch, steps_done) and not sent:
        sent = True
        signal.raise_signal(number)
      yield moment

  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(runner, "train", train)
    with pytest.raises(runs.Stopped) as stopped:
      yield stopped


def stopped_run(workdir, epoch, steps_done, setup=None, number=signal.SIGTERM):
  with stop_at(epoch, steps_done, number) as stopped:
    runs.run(setup or a_setup(), workdir)
  return stopped.value


def resumed_from(setup, workdir):
  """The epoch and the steps done of it from which a run would go on."""
  places = []

  def train(*args, resume, **kwargs):
    places.append((resume.epoch, resume.steps_done))
    raise KeyboardInterrupt

  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(runner, "train", train)
    with pytest.raises(KeyboardInterrupt):
      runs.run(setup, workdir)
  return places[0]


def records(workdir):
  """What a run leaves, without what a clock says."""
  lines = (workdir / "metrics.jsonl").read_text().splitlines()
  rows = [json.loads(line) for line in [*lines, (workdir / "summary.json").read_text()]]
  return [
    {k: v for k, v in row.items() if k[:6] not in ("second", "images")} for row in rows
  ]


def last_arrays(workdir):
  with checkpoints.Checkpoints(workdir / "checkpoints") as kept:
    return kept.arrays(kept.steps[-1])


def assert_same_end(workdir, whole):
  assert records(workdir) == records(whole)
  arrays, expected = last_arrays(workdir), last_arrays(whole)
  assert arrays.keys() == expected.keys()
  for name, array in arrays.items():
    np.testing.assert_array_equal(array, expected[name], err_msg=name)


def contents(workdir):
  return {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()}


def change(path, old, new):
  text = path.read_text()
  assert old in text
  path.write_text(text.replace(old, new, 1))
