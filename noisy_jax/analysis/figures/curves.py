"""The figure of a training, epoch by epoch."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from noisy_jax.analysis.figures import style

if TYPE_CHECKING:
  from matplotlib.axes import Axes
  from matplotlib.figure import Figure

_TRAIN, _TEST, _VALIDATION = "noisy train", "clean test", "validation"
# Names where nobody knows whether the labels are right.
_AS_GIVEN = {_TRAIN: "train", _TEST: "test"}
_LOSSES: dict[str, tuple[str, dict[str, Any]]] = {
  "loss": (_TRAIN, dict(color=style.ORANGE, linestyle="--")),
  "validation_loss": (_VALIDATION, dict(color=style.GREY, linestyle="-")),
  "test_loss": (_TEST, dict(color=style.BLUE, linestyle="-")),
}
_SHARES: dict[str, tuple[str, dict[str, Any]]] = {
  "validation_accuracy": (_VALIDATION, dict(color=style.GREY, linestyle="-")),
  "test_accuracy": (_TEST, dict(color=style.BLUE, linestyle="-", linewidth=2.2)),
  "train_accuracy": (_TRAIN, dict(color=style.ORANGE, linestyle="--")),
  "corrected": ("wrong labels corrected", dict(color=style.GREEN, linestyle="-.")),
  "memorised": ("wrong labels memorised", dict(color=style.PURPLE, linestyle=":")),
}


def training_curves(
  rows: Sequence[Mapping[str, Any]], *, title: str, labels_trusted: bool = True
) -> "Figure":
  """Losses, accuracies, and the fate of wrong labels against the epoch.

  Scheduled numbers of the loss have an axis beside the losses.

  Args:
    rows: one mapping for each epoch, in their order, with the fields of `training.Epoch`;
      a field that is None has no curve.
    title: title of the figure, such as the settings of the training.
    labels_trusted: whether the labels were right before the noise was made, so that curves
      are called noisy and clean.

  Returns:
    A matplotlib figure with two panels: losses, and shares in per cent.
  """
  with style.context():
    figure = style.new_figure(style.WIDTH, 3.2)
    figure.suptitle(style.printable(title), fontsize=10, wrap=True, parse_math=False)
    losses, shares = figure.subplots(1, 2)
    names = {} if labels_trusted else _AS_GIVEN
    _draw(losses, rows, _LOSSES, 1, names)
    losses.set_ylabel("mean loss")
    _draw_scheduled(losses, rows)
    _draw(shares, rows, _SHARES, 100, names)
    shares.set_ylim(0, 100)
    shares.set_ylabel("share of images (%)")
  return figure


def _draw(axes: "Axes", rows, lines, factor, names) -> None:
  epochs = [row["epoch"] for row in rows]
  for name, (label, look) in lines.items():
    values = [row.get(name) for row in rows]
    if None not in values:
      # A single epoch is a point, not a line.
      marker = "o" if len(rows) == 1 else None
      heights = [factor * value for value in values]
      label = names.get(label, label)
      axes.plot(epochs, heights, label=label, marker=marker, clip_on=False, **look)
  axes.set_xlabel("epoch")
  style.whole_ticks(axes)
  axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=8)


def _draw_scheduled(axes: "Axes", rows) -> None:
  scheduled = [row.get("scheduled") or {} for row in rows]
  if not all(scheduled):
    return
  beside, epochs = axes.twinx(), [row["epoch"] for row in rows]
  labels = []
  for name, dashes in zip(scheduled[0], ("dotted", "dashdot"), strict=False):
    values = [of_epoch[name] for of_epoch in scheduled]
    marker = "o" if len(rows) == 1 else None
    beside.plot(epochs, values, color=style.DARK_GREY, linestyle=dashes, marker=marker)
    labels.append(f"{name.replace('_', ' ')} ({dashes})")
  beside.set_ylabel(", ".join(labels), color=style.DARK_GREY)
  beside.set_ylim(bottom=0)
