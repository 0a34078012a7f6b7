"""The pictures of docs/losses.md: two curves of each loss, for 10 and 1000 classes."""

import io
import pathlib
import re
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from noisy_jax import analysis, losses
from noisy_jax.analysis import reduction
from noisy_jax.analysis.figures import style

if TYPE_CHECKING:
  from matplotlib.figure import Figure

PLACE = pathlib.Path(__file__).parents[2] / "docs" / "pictures" / "losses"

_CLASSES = (10, 1000)
_LINES: tuple[dict[str, Any], ...] = (
  dict(color=style.BLUE, linewidth=2.4),
  dict(color=style.ORANGE, linewidth=1.4, linestyle=(0, (4, 1.5))),
)
_LOGITS = np.linspace(-4.0, 14.0, 91)
_PROBABILITIES = np.concatenate([np.geomspace(1e-4, 0.9, 100), np.linspace(0.91, 1, 10)])
_LEARNED = 0.99
# Without reduction each logit takes a pass over the draws: a tenth of them is enough.
_DRAWS = 400


def write(names=tuple(losses.NAMES)) -> None:
  """Draws the pictures of these losses."""
  PLACE.mkdir(parents=True, exist_ok=True)
  for name in names:
    (PLACE / f"{name}.svg").write_text(svg(draw(name)))


def draw(name: str) -> "Figure":
  """The average error of a loss over z_k, and its pull over p_k."""
  with style.context():
    figure = style.new_figure(style.WIDTH, 2.4)
    left, right = figure.subplots(1, 2)
    initial = np.linspace(-3.5, 3.5, 41)
    errors = [error_curve(name, count) for count in _CLASSES]
    pulls = [label_pull(name, count, _PROBABILITIES) for count in _CLASSES]
    top = max(errors[0].max(), 1e-12)
    density = np.exp(-(initial**2) / 2) * top / 2
    left.fill_between(
      initial, density, color=style.GREY, alpha=0.5, lw=0, label="initial logits"
    )
    for count, error, pull, line in zip(_CLASSES, errors, pulls, _LINES, strict=True):
      left.plot(_LOGITS, error, label=style.count(count), **line)
      right.plot(_PROBABILITIES, pull, **line)
      start = label_pull(name, count, np.array([1 / count]))
      right.plot([1 / count], start, "o", color=line["color"], zorder=3, clip_on=False)
    left.set(xlim=(-4, 14), xlabel=style.LABELLED_LOGIT, ylabel=style.AVERAGE_ERROR)
    left.set_ylim(min(0, min(map(np.min, errors))), 1.1 * max(map(np.max, errors)))
    figure.legend(loc="outside upper center", ncols=3)
    right.set_xscale("log")
    right.minorticks_off()
    right.set(xlim=(1e-4, 1), xlabel="probability $p_k$ of the label")
    right.set_ylabel(r"$-\partial L / \partial z_k$")
    # Some pulls have a peak close to 1, where a network has long learned.
    shown = np.stack(pulls)[:, _PROBABILITIES <= _LEARNED]
    right.set_ylim(1.1 * min(0, shown.min()), 1.1 * shown.max())
    for axes in (left, right):
      axes.spines["right"].set_visible(False)
  return figure


def error_curve(name: str, num_classes: int) -> np.ndarray:
  """-<delta_k>, averaged over the other logits from N(0, 1), on a grid of z_k."""
  loss = losses.parse(name)
  draws = None if reduction.is_reducible(loss) else _DRAWS
  found = analysis.average_error(
    loss, num_classes, _LOGITS, key=jax.random.key(0), num_draws=draws
  )
  return -np.asarray(found.mean)


def label_pull(name: str, num_classes: int, probabilities: np.ndarray) -> np.ndarray:
  """-dL/dz_k at probabilities of the label, all other classes being alike."""
  loss = losses.parse(name)
  odds = np.clip(probabilities, None, 1 - 1e-6)
  logits = np.log(odds) - np.log1p(-odds) + np.log(num_classes - 1)

  def value(z_k):
    return loss(jnp.zeros(num_classes).at[0].set(z_k), jnp.int32(0))

  return -np.asarray(jax.jit(jax.vmap(jax.grad(value)))(logits.astype(np.float32)))


def svg(figure: "Figure") -> str:
  """A figure as SVG: coordinates to a hundredth of a point, no comments or indentation."""
  import matplotlib

  buffer = io.StringIO()
  with style.context():
    figure.savefig(buffer, format="svg", metadata={"Date": None})

  def rounded(match):
    return match[1] or f"{float(match[2]):.2f}".rstrip("0").rstrip(".")

  text = re.sub(r"(scale\([^)]*\))|(\d+\.\d{3,})", rounded, buffer.getvalue())
  text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
  text = re.sub(r"\s*\n\s*", "\n", text)
  return f"{text}<!-- matplotlib {matplotlib.__version__} -->\n"
