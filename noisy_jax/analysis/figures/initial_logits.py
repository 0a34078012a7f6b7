"""The figure of the distribution of initial logits."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from noisy_jax.analysis.figures import style
from noisy_jax.analysis.initial_logits import normal_fit

if TYPE_CHECKING:
  from matplotlib.figure import Figure


def initial_logit_density(networks: Mapping[str, np.ndarray]) -> "Figure":
  """The density of initial logits, with the `normal_fit` and its distance.

  Args:
    networks: title to logits of fresh networks, any shape; one panel each, left to right.

  Returns:
    A matplotlib figure.
  """
  with style.context():
    figure = style.new_figure(style.WIDTH, 3.4)
    panels = figure.subplots(1, len(networks), squeeze=False)[0]
    for axes, (title, logits) in zip(panels, networks.items(), strict=True):
      logits = np.ravel(logits)
      mean, std, distance = normal_fit(logits)
      reach = max(abs(mean) + 4 * std, 3.0)
      z = np.linspace(-reach, reach, 401)
      axes.hist(
        logits,
        z[::4].tolist(),
        density=True,
        color=style.GREY,
        alpha=0.5,
        label="initial logits",
      )
      axes.plot(z, _normal(z, mean, std), color=style.BLUE, label="normal fit")
      axes.plot(
        z,
        _normal(z, 0.0, 1.0),
        color=style.ORANGE,
        linestyle="--",
        label="standard normal, as the analysis assumes",
      )
      axes.set(xlim=(z[0], z[-1]), ylim=(0, None))
      axes.set_xlabel("initial logit $z_j$")
      fit = f"mean {mean:.2f}, std {std:.2f}, off normal by {distance:.3f}"
      axes.set_title(f"{title}\n{fit}", fontsize=9)
      axes.spines["right"].set_visible(False)
    panels[0].set_ylabel("density")
    handles = panels[0].get_legend_handles_labels()[0]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
  return figure


def _normal(z, mean, std):
  return np.exp(-(((z - mean) / std) ** 2) / 2) / (std * np.sqrt(2 * np.pi))
