"""Redraws the figures of the paper of the logit bias, from this package's own numbers.

  python -m experiments.paper.figures --figure=all --out_dir=figures

Staats, Thamm and Rosenow, "Enhancing Noise-Robust Losses for Large-Scale Noisy Data
Learning", AAAI 2025. Each figure is written as PNG and as SVG.

--figure=losses draws the paper's second figure for every loss by itself; --figure=pulls
draws the pull of each loss from 2 to 1,000,000 classes; --figure=noise shows the label
noise of a data set, with the flags of experiments.train:

  python -m experiments.paper.figures --figure=noise --dataset=digits10 --noise=pairflip \
    --noise_rate=0.4
"""

import functools
import pathlib
import sys
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags, logging

from experiments.paper import pulls
from noisy_jax import analysis, data, losses, models, noise, training
from noisy_jax.analysis import (
  calibration,
  figures,
  initial_error,
  reduction,
  samples,
  verdicts,
)
from noisy_jax.cli import (
  command_line,
  compilation_cache,
  config_flags,
  messages,
  path_flags,
)
from noisy_jax.training.batch import standardize

_FIGURE = flags.DEFINE_string(
  "figure", "all", "Figure to draw: 1, 2, 3, 4, 5; all, these five; losses; pulls; noise."
)
_OUT_DIR = path_flags.define(
  "out_dir",
  "figures",
  "Directory for PNG and SVG files; files of the same name are replaced.",
  allow_override=True,  # experiments.demo has one too, and tests import both
)
_SETTINGS = config_flags.define(
  "dataset",
  "image_size",
  "max_memory_gb",
  "on_bad_image",
  "labels",
  "imbalance",
  "noise",
  "noise_rate",
  "noise_sampling",
  "noise_seed",
)
flags.adopt_module_key_flags(config_flags)  # --helpshort shows them
_DATA_DIR = path_flags.define(
  "data_dir",
  None,
  "Directory of prepared TFDS sets.",
  allow_override=True,  # experiments.train has one too
)

# The noise to show if no flag is given; it needs no files.
_NOISE_EXAMPLE = training.TrainConfig(dataset="digits10", noise="pairflip", noise_rate=0.4)
_SEED = 0  # the seed of `calibration`, so that figure 3 meets its values exactly
# Expressions by label. NCE+AGCE has the hyperparameters published for CIFAR-10, scaled to
# fit the panel, and for the 50 classes of mini-WebVision.
_LOSSES = {
  "CE": "ce",
  "FL": "fl",
  "MAE": "mae",
  "GCE": "gce",
  "AGCE": str(losses.published_loss("agce", "cifar10")),
  "bi-tempered": "bi_tempered",
}
_NCE_AGCE = {
  10: {r"NCE+AGCE $\times$ 0.5": f"0.5*({losses.published_loss('nce+agce', 'cifar10')})"},
  1000: {"NCE+AGCE": str(losses.published_loss("nce+agce", "webvision"))},
}
_BIAS_CLASSES = (2, 5, *(m * 10**e for e in range(1, 7) for m in (1, 3)), 10**7)
# The panels of figure 5 by title: data set, and a function from a number of classes to the
# network.
_NETWORKS: dict[str, tuple[str, Callable]] = {
  "MLP of 1,024 and 1,024 units, digits100": (
    "digits100",
    functools.partial(models.MLP, widths=(1024, 1024)),
  )
}


def figure_1():
  """The average error of MAE at 10 and 100 classes."""
  z = np.linspace(-4.0, 10.0, 281)
  curves = {classes: _error_curve("mae", classes, z) for classes in (10, 100)}
  return figures.error_by_classes(z, curves, _mlp_logits(100), loss="MAE")


def figure_2():
  """The average error of many losses at 10 and 1,000 classes, and the shift by the bias."""
  z = np.linspace(-4.0, 14.0, 181)
  panels = []
  for classes, nce_agce in _NCE_AGCE.items():
    expressions = _LOSSES | nce_agce
    curves = {name: _error_curve(text, classes, z) for name, text in expressions.items()}
    eps = calibration.logit_bias(losses.mae, classes).value
    panels.append(
      figures.LossesPanel(classes, curves, _mlp_logits(classes), eps if eps > 0 else None)
    )
  return figures.error_by_losses(z, panels)


def figure_3(few=100, many=1000):
  """The q of GCE that gives many classes the average error of few."""
  q = np.linspace(0.01, 1.0, 100)
  chosen = calibration.hyperparameter(losses.gce, "q", many, reference_classes=few)
  roots = {few: losses.defaults("gce")["q"], many: chosen.value}
  curves = {classes: _errors_at_zero(classes, q) for classes in (few, many)}
  return figures.hyperparameter_by_classes(
    q, curves, roots, chosen.target, loss="GCE", symbol="q"
  )


def figure_4(classes=_BIAS_CLASSES):
  """The logit bias of MAE at these numbers of classes."""
  biases = {count: calibration.logit_bias(losses.mae, count).value for count in classes}
  return figures.logit_bias_by_classes(biases)


def figure_5():
  """The initial logits of fresh networks on real inputs."""
  return figures.initial_logit_density(
    {title: _fresh_logits(*network) for title, network in _NETWORKS.items()}
  )


def figure_losses(classes=(10, 1000), num_points=91):
  """The average error of every loss, with its default hyperparameters."""
  z = np.linspace(-4.0, 14.0, num_points)
  curves = {
    name: {count: _error_curve(name, count, z) for count in classes}
    for name in losses.NAMES
  }
  return figures.error_of_every_loss(z, curves, _mlp_logits(max(classes)))


def figure_pulls(names=tuple(losses.NAMES), classes=pulls.CLASSES):
  """The pull of every loss against the number of classes, without and with its bias."""
  return figures.pull_of_every_loss(
    {name: pulls.pulls(name, classes) for name in names},
    learns=verdicts.LEARNS,
    stalls=verdicts.STALLS,
  )


def figure_noise():
  """The transition matrix of the flags' noise, and examples of wrong labels."""
  has_flags = any(holder.present for holder in _SETTINGS.values())
  config = config_flags.read(_SETTINGS) if has_flags else _NOISE_EXAMPLE
  noisy = training.noisy_set(config, data_dir=_DATA_DIR.value)
  labels, foreign, dataset = noisy.labels, noisy.foreign, noisy.dataset
  if dataset.is_streamed:
    raise ValueError(f"dataset: {config.dataset}, must fit in memory to be shown")
  if foreign is None:
    has_some, what = labels.flipped.any(), "wrong labels"
    share = noise.describe(labels, labels_trusted=dataset.labels_trusted)
  else:
    has_some, what = foreign.any(), "foreign images"
    share = f"{foreign.mean():.1%} {what}"
  if not has_some:
    raise ValueError(f"noise_rate: {config.noise_rate:g} gives no {what} to show")
  return figures.label_noise(
    labels,
    dataset.train_images,
    class_names=dataset.class_names,
    foreign=foreign,
    title=f"{config.dataset}, {config.noise}: {share}",
  )


_PAPER = {"1": figure_1, "2": figure_2, "3": figure_3, "4": figure_4, "5": figure_5}
_OTHERS = {"losses": figure_losses, "pulls": figure_pulls, "noise": figure_noise}
_FIGURES = _PAPER | _OTHERS


def _error_curve(expression, num_classes, z):
  loss = losses.parse(expression)
  # Without reduction each point takes a pass over the draws: a tenth of them is enough.
  num_draws = None if reduction.is_reducible(loss) else 400
  error = analysis.average_error(
    loss, num_classes, z, key=jax.random.key(_SEED), num_draws=num_draws
  )
  return -np.asarray(error.mean)


def _errors_at_zero(num_classes, q):
  draws = samples.default_draws(num_classes)
  others = samples.draw(num_classes, jax.random.key(_SEED), 1.0, draws)

  def error(q, others):
    gce = functools.partial(losses.generalized_cross_entropy, q=q)
    return initial_error.average_over(gce, jnp.zeros(()), others).mean

  @jax.jit  # one program for all values of q
  def errors(values, others):
    return jax.lax.map(lambda q: error(q, others), values)

  return np.abs(errors(q.astype(np.float32), others))


def _mlp_logits(num_classes):
  mlp = functools.partial(models.MLP, widths=(1024, 1024))
  return _fresh_logits(f"digits{num_classes}", mlp)


def _fresh_logits(dataset_name, network):
  """Logits of three fresh networks on 500 standardised training images."""
  dataset = data.load(dataset_name)
  statistics = data.channel_statistics(dataset.train_images)
  inputs = standardize(dataset.train_images[:500], *statistics)
  keys = jax.random.split(jax.random.key(_SEED), 3)
  return np.asarray(analysis.initial_logits(network(dataset.num_classes), inputs, keys))


def _draw(name):
  try:
    return _FIGURES[name]()
  except (ValueError, OSError) as error:
    messages.fail(error)


def main(argv):
  messages.only_flags(argv)
  choice = _FIGURE.value
  if choice != "all" and choice not in _FIGURES:
    sys.exit(f"error: figure: {choice!r}, must be one of {', '.join(_FIGURES)}, all")
  try:
    out_dir = pathlib.Path(_OUT_DIR.value)
    # Before computing anything.
    out_dir.mkdir(parents=True, exist_ok=True)
    for name in _PAPER if choice == "all" else (choice,):
      start = time.perf_counter()
      figure = _draw(name)
      paths = figures.save(figure, out_dir, f"figure{name}" if name in _PAPER else name)
      print(f"{' and '.join(map(str, paths))}, {time.perf_counter() - start:.1f} s")
  except OSError as error:
    messages.fail(f"out_dir: {error}")
  except KeyboardInterrupt:
    sys.exit("interrupted")


if __name__ == "__main__":
  # At level INFO, JAX lists the accelerators that it did not find.
  logging.set_verbosity(logging.WARNING)
  compilation_cache.enable()
  command_line.run(main)
