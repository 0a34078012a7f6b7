import msgspec

from noisy_jax.reports import result_figures
from tests.invented_runs import invented


def test_data_sets_with_as_many_classes_are_not_one_point():
  found = [
    msgspec.structs.replace(run, summary=run.summary | {"num_classes": k})
    for run, k in zip(map(invented, "abc"), (10, 20, 20), strict=True)
  ]
  assert "classes" in result_figures.draw(found[:2])
  assert "classes" not in result_figures.draw(found)


def test_many_losses_are_told_apart():
  names = [*map("L{}".format, range(18)), "CE", "L3*", "L4*"]
  found = [
    invented(loss=name, noise=f"symmetric {rate}", noise_rate=rate)
    for name in names
    for rate in (0.2, 0.4)
  ]
  (axes,) = result_figures.draw(found)["noise_rate"].axes
  lines = {line.get_label(): line for line in axes.get_lines()}
  assert list(lines) == names
  looks = {(x.get_color(), x.get_marker(), x.get_linestyle()) for x in lines.values()}
  assert len(looks) == len(names)
  assert lines["L3"].get_color() == lines["L3*"].get_color()
  assert (lines["L3"].get_linestyle(), lines["L3*"].get_linestyle()) == ("--", "-")
