import numpy as np

from noisy_jax.runs import checkpoints
from noisy_jax.runs.snapshots import Snapshot


def test_the_latest_and_the_best_checkpoint_are_kept(tmp_path):
  state = {"w": np.arange(3.0)}
  with checkpoints.Checkpoints(tmp_path) as kept:
    assert kept.best_step() is None
    for step, accuracy in ((10, 0.2), (20, 0.9), (30, 0.3), (35, None), (40, 0.4)):
      kept.save(step, Snapshot(step, 0, {}, None, state), accuracy)
    kept.wait()
    assert kept.steps == [20, 35, 40]
    assert kept.best_step() == 20
    assert kept.restore(20, state).epoch == 20
