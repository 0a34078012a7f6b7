"""Shared by all figures: fonts, colours for the colour-blind, and reproducible files."""

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
# Okabe and Ito's colours, which the colour-blind can distinguish; lines also differ in
# dashes and markers.
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
  """matplotlib's settings for making and saving a figure."""
  _import_matplotlib()
  from matplotlib import rc_context

  return rc_context(
    {
      "font.size": 9,
      "axes.spines.top": False,
      "legend.frameon": False,
      # Without a fixed salt, every SVG has other names inside.
      "svg.hashsalt": "noisy_jax",
    }
  )


def new_figure(width: float, height: float) -> "Figure":
  """An empty figure of a size in inches, to be filled inside `context`."""
  from matplotlib.figure import Figure

  return Figure(figsize=(width, height), layout="constrained")


def _import_matplotlib():
  """Imports matplotlib without MPLBACKEND, which is for pyplot."""
  # A Jupyter kernel sets it to a module that other environments lack. Commands of the
  # kernel inherit it, and their import of matplotlib would fail.
  if "matplotlib" in sys.modules:
    return
  backend = os.environ.pop("MPLBACKEND", None)
  try:
    import matplotlib
  finally:
    if backend is not None:
      os.environ["MPLBACKEND"] = backend
  if backend:
    # For other users of pyplot in this process.
    with contextlib.suppress(ValueError):
      matplotlib.rcParams["backend"] = backend


def save(figure: "Figure", out_dir: str | os.PathLike, name: str) -> list[pathlib.Path]:
  """Writes a figure as PNG (200 dpi) and SVG; equal figures give equal bytes.

  Args:
    figure: a figure of this package.
    out_dir: directory, made if missing; ~ is the home directory.
    name: name of both files, without the ending.

  Returns:
    The paths of the two files.

  Raises:
    OSError: if the files cannot be written.
  """
  out_dir = pathlib.Path(expanded_path("out_dir", out_dir))
  out_dir.mkdir(parents=True, exist_ok=True)
  png, svg = out_dir / f"{name}.png", out_dir / f"{name}.svg"
  with context():
    figure.savefig(png, dpi=200)
    figure.savefig(svg, metadata={"Date": None})
  return [png, svg]


def printable(text: str) -> str:
  """The text with escapes in place of characters that no font can draw."""
  # The name of a file may have bytes that are not text; Python makes them lone surrogates.
  return text.encode(errors="backslashreplace").decode()


def whole_ticks(axes: "Axes") -> None:
  """Puts ticks of the x axis at whole numbers alone, for epochs."""
  from matplotlib.ticker import MaxNLocator

  # By default, an axis with fewer than two whole numbers has ticks between them.
  axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def count(classes: int) -> str:
  """The label of a number of classes."""
  return f"$K$ = {classes:,}"


def histogram_behind(
  axes: "Axes", logits: np.ndarray, z: np.ndarray, logit_bias: float | None = None
) -> "Axes":
  """Draws the density of logits behind curves over the grid z, and returns its axes.

  A logit bias adds a second histogram, shifted and hatched.
  """
  density = axes.twinx()
  axes.set_zorder(density.get_zorder() + 1)
  axes.patch.set_visible(False)
  bins = np.linspace(z[0], z[-1], 90).tolist()
  logits = np.ravel(logits)
  # Histograms reach halfway up, so that curves stay readable above them.
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
