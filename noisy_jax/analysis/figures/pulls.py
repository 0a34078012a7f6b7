"""The figure of the pull of losses on a fresh network."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from noisy_jax.analysis.figures import style

if TYPE_CHECKING:
  from matplotlib.figure import Figure

_LOWEST, _HIGHEST = 1e-8, 10.0


class Pulls(NamedTuple):
  """The pull of one loss, by number of classes.

  Attributes:
    initial: pull over the logits of a fresh network.
    equal: pull at equal logits, where every class has the probability 1 / K.
    with_bias: pull with the calibrated logit bias, for the numbers of classes with one.
    no_bias: numbers of classes on which the loss needs a bias, but none helps.
  """

  initial: Mapping[int, float]
  equal: Mapping[int, float]
  with_bias: Mapping[int, float]
  no_bias: tuple[int, ...] = ()


def pull_of_every_loss(
  pulls: Mapping[str, Pulls], *, learns: float, stalls: float, columns: int = 6
) -> "Figure":
  """The pull of many losses against the number of classes, one small panel for each loss.

  Args:
    pulls: pulls by name of the loss.
    learns: pull from which a loss learns.
    stalls: pull below which a loss stalls.
    columns: largest number of panels in a row.

  Returns:
    A matplotlib figure; it draws pulls below 1e-8 at 1e-8.
  """
  columns = min(columns, len(pulls))
  rows = -(-len(pulls) // columns)
  last = max(count for each in pulls.values() for count in each.equal)
  with style.context():
    figure = style.new_figure(style.WIDTH, 1.25 * rows + 0.9)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, (name, of_loss) in zip(panels.flat, pulls.items(), strict=False):
      axes.set(xscale="log", yscale="log", xlim=(2, last), ylim=(_LOWEST, _HIGHEST))
      axes.axhspan(_LOWEST, stalls, color=style.ORANGE, alpha=0.1, lw=0, label="stalls")
      axes.axhspan(stalls, learns, color=style.YELLOW, alpha=0.3, lw=0, label="marginal")
      _plot(axes, of_loss.equal, "equal logits", color=style.GREY, linestyle=":")
      _plot(axes, of_loss.initial, "fresh network", color=style.BLACK)
      with_bias = of_loss.with_bias
      _plot(axes, with_bias, "with the logit bias", color=style.BLUE, linestyle="--")
      if of_loss.no_bias:
        axes.text(
          0.05,
          0.05,
          f"no bias\nhelps from\n{of_loss.no_bias[0]:,} on",
          fontsize=6.5,
          color=style.DARK_GREY,
          transform=axes.transAxes,
        )
      axes.set_title(name, fontsize=9, loc="left", pad=2)
      axes.set_xticks([10, 1000, 100_000])
      axes.set_yticks([1e-8, 1e-6, 1e-4, 1e-2, 1])
      axes.minorticks_off()
      axes.spines["right"].set_visible(False)
    handles, labels = panels.flat[0].get_legend_handles_labels()
    for axes in panels.flat[len(pulls) :]:
      axes.set_axis_off()
    for column in range(columns):
      (*_, lowest) = [row[column] for row in panels if row[column].axison]
      lowest.tick_params(labelbottom=True)
    figure.legend(handles, labels, loc="outside upper center", ncols=len(handles))
    figure.supxlabel("number of classes $K$", fontsize=9)
    figure.supylabel(r"pull, mean $|\langle\delta_k\rangle|$", fontsize=9)
  return figure


def _plot(axes, values, label, **line):
  counts = sorted(values)
  heights = [max(values[count], _LOWEST) for count in counts]
  axes.plot(counts, heights, label=label, **line)
