"""A grid of four short runs on few images."""

import pytest

from noisy_jax import data
from noisy_jax.sweeps import sweeper

GRID = {
  "settings": {"widths": [8], "epochs": 2, "batch_size": 64},
  "datasets": ["digits4"],
  "noise": ["symmetric 0.25"],
  "losses": {"CE": "ce", "MAE*": {"loss": "mae", "logit_bias": "auto"}},
  "seeds": 2,
}
RUNS = [f"digits4_symmetric-0.25_{x}/seed{i}" for x in ("ce", "mae-star") for i in (0, 1)]


@pytest.fixture(autouse=True)
def small_digits(monkeypatch):
  sweeper._dataset.cache_clear()

  def load(name, data_dir=None, **_):
    return data.digits(int(name.detail), train_size=256, test_size=64)

  monkeypatch.setattr(data, "load", load)
  yield
  sweeper._dataset.cache_clear()


def finished(out_dir):
  return sorted(str(p.parent.relative_to(out_dir)) for p in out_dir.rglob("summary.json"))
