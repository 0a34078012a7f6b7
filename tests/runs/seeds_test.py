import dataclasses
import json

import chex
import numpy as np
import pytest

from noisy_jax import runs
from tests.small_setups import assert_close, numbers, small_setup


def test_seeds_side_by_side_leave_the_records_of_each(tmp_path):
  runs.run_seeds(small_setup(), (4, 5), tmp_path / "all")
  for seed in (4, 5):
    alone, together = tmp_path / f"alone{seed}", tmp_path / "all" / f"seed{seed}"
    runs.run(small_setup(seed=seed), alone)
    names = [{path.name for path in place.iterdir()} for place in (together, alone)]
    assert names[0] == names[1]
    for name in ("config.json", "versions.json"):
      assert (together / name).read_text() == (alone / name).read_text()
    labels = [dict(np.load(place / "labels.npz")) for place in (together, alone)]
    chex.assert_trees_all_equal(*labels)
    for name in ("metrics.jsonl", "summary.json"):
      rows, expected = (rows_of(place / name) for place in (together, alone))
      for row, expected_row in zip(rows, expected, strict=True):
        assert_close(row, expected_row)


def test_seeds_in_turn_leave_the_records_of_each(tmp_path):
  setup = small_setup(1, model="cnn4", train_size=64, test_size=32, epochs=1)
  runs.run_seeds(setup, (0, 1), tmp_path / "all")
  alone = setup._replace(config=dataclasses.replace(setup.config, seed=1))
  runs.run(alone, tmp_path / "alone")
  places = tmp_path / "all" / "seed1", tmp_path / "alone"
  names = [{path.name for path in place.iterdir()} for place in places]
  assert names[0] == names[1]
  assert rows_of(places[0] / "metrics.jsonl") == rows_of(places[1] / "metrics.jsonl")
  other = setup._replace(config=dataclasses.replace(setup.config, loss="ce"))
  (tmp_path / "all" / "seed0" / "config.json").rename(tmp_path / "config.json")
  with pytest.raises(OSError, match=r"without config\.json"):
    runs.run_seeds(other, (7, 0), tmp_path / "all")
  assert not (tmp_path / "all" / "seed7").exists()


def rows_of(path):
  text = path.read_text()
  texts = [text] if path.suffix == ".json" else text.splitlines()
  return [numbers(json.loads(text)) for text in texts]
