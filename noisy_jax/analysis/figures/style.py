"""What all figures share: type, colours for every eye, and files that repeat."""

import contextlib
import os
import pathlib
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from noisy_jax.paths import expanded_path

if TYPE_CHECKING:
  from matplotlib.axes import Axes
  from matplotlib.figure import Figure

WIDTH = 7.0
# Okabe and Ito's colours, told apart by the colour-blind too; dashes and markers repeat
# what they say.
BLACK, BLUE, ORANGE, GREEN = "#000000", "#0072B2", "#D55E00", "#009E73"
SKY, PURPLE, YELLOW = "#56B4E9", "#CC79A7", "#E69F00"
GREY, DARK_GREY = "#999999", "#555555"
BY_LOSS: tuple[dict[str, Any], ...] = (
  dict(color=BLACK, linestyle="-"),
  dict(color=SKY, linestyle=(0, (7, 2))),
  dict(color=BLUE, linestyle="-", linewidth=2.2),
  dict(color=ORANGE, linestyle=(0, (5, 1.5, 1, 1.5))),
  dict(color=GREEN, linestyle=(0, (3, 1.5))),
  dict(color=YELLOW, linestyle=(0, (1, 1)), linewidth=2),
  dict(color=PURPLE, linestyle=(0, (8, 1.5, 1, 1.5, 1, 1.5))),
)
BY_CLASSES: tuple[dict[str, Any], ...] = (
  dict(color=BLACK, linestyle="--"),
  dict(color=GREEN, linestyle="-"),
  dict(color=BLUE, linestyle="-."),
  dict(color=ORANGE, linestyle=":"),
)
LABELLED_LOGIT = "labelled logit $z_k$"
AVERAGE_ERROR = r"average error $-\langle\delta_k\rangle$"


def context() -> contextlib.AbstractContextManager[None]:
  """matplotlib's settings while a figure is made or saved."""
  _import_matplotlib()
  from matplotlib import rc_context

  return rc_context(
    {
      "font.size": 9,
      "axes.spines.top": False,
      "legend.frameon": False,
      # Without a salt of ours, every SVG gets other names inside.
      "svg.hashsalt": "noisy_jax",
    }
  )


def new_figure(width: float, height: float) -> "Figure":
  """An empty figure of that size in inches, to be filled in `context`."""
  from matplotlib.figure import Figure

  return Figure(figsize=(width, height), layout="constrained")


def _import_matplotlib():
  """Imports it whatever MPLBACKEND says, which is for pyplot.

  A Jupyter kernel names a module there that other environments lack, and its commands
  inherit the variable: matplotlib then fails as it is imported.
  """
  if "matplotlib" in sys.modules:
    return
  backend = os.environ.pop("MPLBACKEND", None)
  try:
    import matplotlib
  finally:
    if backend is not None:
      os.environ["MPLBACKEND"] = backend
  if backend:
    # As matplotlib would have it, for the pyplot of others in this process.
    with contextlib.suppress(ValueError):
      matplotlib.rcParams["backend"] = backend


def save(figure: "Figure", out_dir: str | os.PathLike, name: str) -> list[pathlib.Path]:
  """Writes a figure as PNG (200 dpi) and SVG; the same figure gives the same bytes.

  Args:
    figure: of this package.
    out_dir: directory, made if missing; ~ is the home directory.
    name: of both files, without the ending.

  Returns:
    The paths of the two files.

  Raises:
    OSError: if they cannot be written.
  """
  out_dir = pathlib.Path(expanded_path("out_dir", out_dir))
  out_dir.mkdir(parents=True, exist_ok=True)
  png, svg = out_dir / f"{name}.png", out_dir / f"{name}.svg"
  with context():
    figure.savefig(png, dpi=200)
    figure.savefig(svg, metadata={"Date": None})
  return [png, svg]


def printable(text: str) -> str:
  """The text with escapes in place of what no font can draw.

  Names of files need not be text: Python marks their other bytes with lone surrogates.
  """
  return text.encode(errors="backslashreplace").decode()


def whole_ticks(axes: "Axes") -> None:
  """Ticks of the x axis at whole numbers alone: no epoch is a half."""
  from matplotlib.ticker import MaxNLocator

  # By default, fewer than two whole numbers get others beside them.
  axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def count(classes: int) -> str:
  """A number of classes, as figures write it."""
  return f"$K$ = {classes:,}"


def histogram_behind(
  axes: "Axes", logits: np.ndarray, z: np.ndarray, logit_bias: float | None = None
) -> "Axes":
  """Draws the density of logits behind the curves of axes over the grid z.

  Args:
    axes: where curves are, or will be.
    logits: of fresh networks, any shape.
    z: grid of the curves, [n].
    logit_bias: where given, the histogram is drawn once more, shifted by it and hatched.

  Returns:
    The axes of the histogram, with a y axis of its own on the right.
  """
  density = axes.twinx()
  axes.set_zorder(density.get_zorder() + 1)
  axes.patch.set_visible(False)
  bins = np.linspace(z[0], z[-1], 90).tolist()
  logits = np.ravel(logits)
  # Histograms reach halfway up: the curves stay readable above them.
  density.set_ylim(0, 2.2 * np.histogram(logits, bins, density=True)[0].max())
  density.hist(logits, bins, density=True, color=GREY, alpha=0.5, label="initial logits")
  if logit_bias is not None:
    density.hist(
      logits + logit_bias,
      bins,
      density=True,
      histtype="step",
      color=GREY,
      hatch="////",
      label="with bias",
    )
  density.tick_params(axis="y", colors=DARK_GREY)
  return density
