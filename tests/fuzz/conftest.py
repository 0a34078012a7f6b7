"""How many inputs: few, and the same every time; many with --hypothesis-profile=long."""

import pytest
from hypothesis import HealthCheck, settings

_SHARED = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}

settings.register_profile("short", max_examples=40, derandomize=True, **_SHARED)
settings.register_profile("long", max_examples=500, **_SHARED)
settings.load_profile("short")


def long(test):
  """Leaves a test to the profile of that name."""
  is_short = settings.get_current_profile_name() != "long"
  return pytest.mark.skipif(is_short, reason="needs --hypothesis-profile=long")(test)
