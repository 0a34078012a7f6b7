"""What all tests of data run under."""

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
  """Where folders are cached, empty."""
  monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
  return tmp_path / "cache" / "noisy_jax" / "folders"
