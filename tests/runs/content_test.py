import jax
import numpy as np
import pytest

from noisy_jax import data, runs
from tests import workdirs
from tests.stopped_runs import contents


@pytest.mark.parametrize(
  "change",
  [
    {"train images": lambda x: x[..., ::-1, :]},
    {"train images": lambda x: x[::-1], "train labels": lambda x: x[::-1]},
    {"test images": lambda x: x[..., ::-1, :]},
    {"test labels": lambda x: (x + 1) % 10},
    {"class names": lambda x: x[::-1]},
  ],
)
def test_changed_data_are_refused(change, tmp_path):
  dataset = data.digits(10, train_size=64, test_size=10)
  workdirs.save(tmp_path, [(1, (2, 0), 1.0, 0.1)])
  for name, of in change.items():
    field = name.replace(" ", "_")
    dataset = dataset._replace(**{field: of(getattr(dataset, field))})
  setup = runs.prepare(workdirs.CONFIG, dataset=dataset)
  before = contents(tmp_path)
  with pytest.raises(OSError, match=rf"the data set has changed \({', '.join(change)}\)"):
    runs.run(setup, tmp_path)
  (tmp_path / ".lock").unlink()
  assert before == contents(tmp_path)


def test_a_copy_of_the_data_elsewhere_has_not_changed(tmp_path):
  rng = np.random.default_rng(0)
  arrays = {
    "train_images": rng.integers(256, size=(64, 4, 5, 3), dtype=np.uint8),
    "train_labels": np.arange(64) % 4,
    "test_images": rng.integers(256, size=(8, 4, 5, 3), dtype=np.uint8),
    "test_labels": np.arange(8) % 4,
  }
  np.savez(tmp_path / "set.npz", **arrays)
  np.savez_compressed(tmp_path / "copy.npz", **arrays)
  one, other = (data.from_npz(tmp_path / name) for name in ("set.npz", "copy.npz"))
  assert data.content(one) == data.content(other)


@pytest.mark.parametrize(
  "setting, value",
  [
    ("jax_default_prng_impl", "rbg"),
    ("jax_enable_x64", True),
    ("jax_threefry_partitionable", False),
  ],
)
def test_settings_that_change_random_numbers_are_refused(setting, value, tmp_path):
  workdirs.save(tmp_path, [(1, (2, 0), 1.0, 0.1)])
  dataset = data.digits(10, train_size=64, test_size=10)
  setup = runs.prepare(workdirs.CONFIG, dataset=dataset)
  before = getattr(jax.config, setting)
  jax.config.update(setting, value)
  try:
    with pytest.raises(OSError, match=f"began with {setting} {before}, and it is {value}"):
      runs.run(setup, tmp_path)
  finally:
    jax.config.update(setting, before)
