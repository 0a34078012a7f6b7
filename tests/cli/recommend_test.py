import pytest

from noisy_jax import analysis
from tests import commands

with commands.flags_apart() as FLAGS:
  from noisy_jax.cli import recommend

call = commands.runner(recommend, values=FLAGS)


def test_the_recommendation_is_that_of_the_analysis(capsys):
  flags = "--num_classes=100", "--noise=symmetric", "--noise_rate=0.4", "--epochs=40"
  assert call(*flags) is None
  assert capsys.readouterr().out == f"{analysis.recommend(100, 'symmetric', 0.4, 40)}\n"
  assert call("--num_classes=10") is None
  assert capsys.readouterr().out == f"{analysis.recommend(10)}\n"


@pytest.mark.parametrize(
  "arguments, message",
  [
    ((), "num_classes: None, must be a whole number from 2 on"),
    (("100",), "unexpected argument '100'; settings are given as --name=value"),
    (("--num_classes=9", "--noise=none"), "noise: unknown 'none'; known: symmetric"),
    (("--num_classes=9", "--noise_rate=1"), "noise_rate: 1.0, must be in [0, 1)"),
    (("--num_classes=9", "--noise_rate=nan"), "noise_rate: nan, must be in [0, 1)"),
    (("--num_classes=9", "--epochs=0"), "epochs: 0, must be at least 1"),
  ],
)
def test_what_has_no_recommendation_is_one_line(arguments, message):
  found = call(*arguments)
  assert found.startswith(f"error: {message}")
  assert "\n" not in found
