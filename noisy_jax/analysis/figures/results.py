"""The figure of many trainings: a line for each loss, with its spread over seeds."""

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from noisy_jax.analysis.figures import style

if TYPE_CHECKING:
  from matplotlib.figure import Figure

_COLUMNS = 2
# Columns of panels to columns of the legend.
_LEGEND_COLUMNS = {1: 3, 2: 4}
_COLORS = (style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.SKY, style.YELLOW)
_MARKERS = "o^Dvsp"
_FADING = ", fading"


class Curve(NamedTuple):
  """A quantity as a function of x.

  Attributes:
    x: rising, [n].
    mean: mean over seeds, [n]; nan without a seed.
    std: standard deviation over seeds, [n]; nan with one seed or none.
  """

  x: np.ndarray
  mean: np.ndarray
  std: np.ndarray


class ResultsPanel(NamedTuple):
  """One panel of results.

  Attributes:
    title: title of the panel.
    curves: name of a loss to its curve; a star at the end of a name means a logit bias,
      ", fading" a bias that fades.
    limit: x of a vertical line; None for no line.
  """

  title: str
  curves: Mapping[str, Curve]
  limit: float | None = None


def results_by_loss(
  panels: Sequence[ResultsPanel],
  *,
  x_label: str,
  y_label: str,
  log_x: bool = False,
  in_percent: bool = True,
) -> "Figure":
  """A quantity of several losses as a function of another, one panel for each setting.

  A loss without a bias, with a bias and with a fading bias has one colour, in dashed, solid
  and dash-dotted lines.

  Args:
    panels: panels row by row, two in each.
    x_label: label below the panels.
    y_label: label beside the panels.
    log_x: whether x has a logarithmic scale, with a tick at each point.
    in_percent: whether the quantity is a fraction, drawn in per cent.

  Returns:
    A matplotlib figure.
  """
  looks = _looks(dict.fromkeys(name for panel in panels for name in panel.curves))
  columns = min(_COLUMNS, len(panels))
  rows = -(-len(panels) // columns)
  with style.context():
    legend_rows = -(-len(looks) // _LEGEND_COLUMNS[columns])
    height = 2.5 * rows + 0.2 * legend_rows + 0.3
    width = style.WIDTH if columns > 1 else 0.75 * style.WIDTH
    figure = style.new_figure(width, height)
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes, panel in itertools.zip_longest(grid.flat, panels):
      if panel is None:
        axes.set_axis_off()
        continue
      for name, curve in panel.curves.items():
        x, mean, std = (np.asarray(values, float) for values in curve)
        # About ten markers on a long curve.
        every = max(1, len(x) // 10)
        band = np.array([mean - std, mean + std])
        if in_percent:
          mean, band = 100 * mean, 100 * np.clip(band, 0, 1)
        axes.plot(x, mean, label=name, markevery=every, clip_on=False, **looks[name])
        color = looks[name]["color"]
        axes.fill_between(x, *band, color=color, alpha=0.15, linewidth=0)
      if panel.limit is not None:
        axes.axvline(panel.limit, color=style.DARK_GREY, linewidth=0.9, linestyle=":")
      title = style.printable(panel.title)
      axes.set_title(title, fontsize=9, loc="left", parse_math=False)
      if in_percent:
        axes.set_ylim(0, 100)
      axes.spines["right"].set_visible(False)
      ticks = sorted({x for curve in panel.curves.values() for x in curve.x})
      if log_x:
        axes.set_xscale("log")
        axes.set_xticks(ticks, [f"{tick:,.0f}" for tick in ticks])
        axes.minorticks_off()
      elif all(float(x).is_integer() for x in ticks):
        style.whole_ticks(axes)
    figure.supxlabel(x_label, fontsize=9)
    figure.supylabel(y_label, fontsize=9)
    lines = {line.get_label(): line for axes in grid.flat for line in axes.get_lines()}
    figure.legend(
      [lines[name] for name in looks],
      list(looks),
      loc="outside upper center",
      ncols=_LEGEND_COLUMNS[columns],
      handlelength=2.8,
    )
  return figure


def _looks(names) -> dict[str, dict[str, Any]]:
  """Styles of names: the colour by the base name, line and filling by its suffix."""
  bases = dict.fromkeys(map(_base, names))
  others = [base for base in bases if base != "CE"]
  pairs = itertools.cycle(
    (color, marker)
    for shift in range(len(_COLORS))
    for color, marker in zip(_COLORS, _MARKERS[shift:] + _MARKERS[:shift], strict=True)
  )
  of_base = dict(zip(others, pairs, strict=False)) | {"CE": (style.BLACK, "s")}
  looks = {}
  for name in names:
    base = _base(name)
    color, marker = of_base[base]
    dashed = name == base and len([other for other in names if _base(other) == base]) > 1
    line = "--" if dashed else "-." if name.endswith(_FADING) else "-"
    looks[name] = dict(
      color=color,
      marker=marker,
      markersize=4,
      linewidth=1.3,
      linestyle=line,
      markerfacecolor="white" if dashed else color,
    )
  return looks


def _base(name):
  return name.removesuffix("*").removesuffix(_FADING)
