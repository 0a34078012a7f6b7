"""Data that have changed since a run began, and settings of random numbers."""

import jax
import numpy as np
import pytest

from noisy_jax import data, runs
from tests import workdirs


def changed_data(dataset, change):
  images, labels = dataset.train_images, dataset.train_labels
  match change:
    case "train images":
      return dataset._replace(train_images=images[..., ::-1, :])
    case "train images, train labels":
      return dataset._replace(train_images=images[::-1], train_labels=labels[::-1])
    case "test images":
      return dataset._replace(test_images=dataset.test_images[..., ::-1, :])
    case "test labels":
      return dataset._replace(test_labels=(dataset.test_labels + 1) % 10)
    case "class names":
      return dataset._replace(class_names=dataset.class_names[::-1])
  raise ValueError(change)


@pytest.mark.parametrize(
  "change",
  [
    "train images",
    "train images, train labels",
    "test images",
    "test labels",
    "class names",
  ],
)
def test_changed_data_are_refused(change, tmp_path):
  dataset = data.digits(10, train_size=64, test_size=10)
  workdirs.save(tmp_path, [(1, (2, 0), 1.0, 0.1)])
  setup = runs.prepare(workdirs.CONFIG, dataset=changed_data(dataset, change))
  before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
  with pytest.raises(OSError, match=rf"the data set has changed \({change}\)"):
    runs.run(setup, tmp_path)
  (tmp_path / ".lock").unlink()
  assert before == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}


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
