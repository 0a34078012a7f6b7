r"""Compares the logit bias from logits of real networks with the bias from N(0, 1).

  python -m experiments.paper.real_logits --data_dir=DIR --out_dir=OUT
  python -m experiments.paper.real_logits --dataset=digits100 --reference=digits10 \
    --models=mlp

where OUT is experiments/results/real_logits for the page there.

`calibration.logit_bias` draws the logits of a fresh network from N(0, 1). This command uses
the logits of three fresh networks on 128 training images, a batch. It writes their density,
as in figure 5 of the paper, and a table of three biases per loss: from N(0, 1); from
N(0, s^2) with the networks' s; and from the logits themselves. Each is the smallest bias
that gives the K classes the average error of the reference set. The reference's logits have
the same kind of source, with the s or the networks of the reference set.
"""

import pathlib
import time

import jax
import numpy as np
from absl import flags, logging

from experiments.paper.logit_sources import Logits, biases
from noisy_jax import analysis, data, losses, models
from noisy_jax.analysis import figures
from noisy_jax.cli import command_line, compilation_cache, messages, path_flags
from noisy_jax.training.batch import standardize

_DATASET = flags.DEFINE_string("dataset", "cifar100", "Data set of many classes.")
_REFERENCE = flags.DEFINE_string(
  "reference", "cifar10", "Data set of few classes with similar images."
)
_MODELS = flags.DEFINE_list("models", ["cnn5", "resnet34"], "Networks to compare.")
_LOSSES = flags.DEFINE_list("losses", ["mae", "gce"], "Losses to compare, as in --loss.")
_DATA_DIR = path_flags.define("data_dir", None, "Directory of prepared TFDS sets.")
_OUT_DIR = path_flags.define("out_dir", "real_logits", "Directory for figure and page.")

_NUM_IMAGES, _NUM_NETWORKS = 128, 3


def main(argv):
  messages.only_flags(argv)
  out_dir = pathlib.Path(_OUT_DIR.value)
  start = time.perf_counter()
  panels, rows = {}, []
  with messages.ending_in_one_line(ValueError, OSError):
    out_dir.mkdir(parents=True, exist_ok=True)
    parsed = [losses.parse(text) for text in _LOSSES.value]
    for name in _MODELS.value:
      models.check_name(name)
    images = [_images(name) for name in (_DATASET.value, _REFERENCE.value)]
    for name in _MODELS.value:
      many, few = (_fresh(name, *of_set) for of_set in images)
      panels[f"{name}, {_DATASET.value}"] = many.values
      for loss in parsed:
        numbers = " | ".join(f"{eps:.2f}" for eps in biases(loss, many, few))
        rows.append(
          f"| {name} | {many.mean:.2f}, {many.std:.2f} | {few.mean:.2f}, {few.std:.2f} "
          f"| `{loss}` | {numbers} |"
        )
    figures.save(figures.initial_logit_density(panels), out_dir, "real_logits")
    page = _page(rows)
    (out_dir / "README.md").write_text(page)
  print(f"{page}\n{time.perf_counter() - start:.0f} s")


def _images(dataset_name):
  """Standardised images, and the number of classes."""
  dataset = data.load(dataset_name, data_dir=_DATA_DIR.value)
  statistics = data.channel_statistics(dataset.train_images)
  return standardize(dataset.train_images[:_NUM_IMAGES], *statistics), dataset.num_classes


def _fresh(model, inputs, num_classes):
  keys = jax.random.split(jax.random.key(0), _NUM_NETWORKS)
  logits = analysis.initial_logits(models.build(model, num_classes), inputs, keys)
  values = np.asarray(logits)
  return Logits(values, float(values.mean()), float(values.std()))


def _page(rows):
  many, few = _DATASET.value, _REFERENCE.value
  command = f"python -m experiments.paper.real_logits --dataset={many} --reference={few}"
  command += f" --models={','.join(_MODELS.value)} --losses={','.join(_LOSSES.value)}"
  if _DATA_DIR.value is not None:
    command += " --data_dir=DIR"
  header = [
    "network",
    f"logits on {many}: mean, std",
    f"on {few}",
    "loss",
    "eps from N(0, 1)",
    "from N(0, s^2)",
    "from the logits",
  ]
  lines = [
    "# The logit bias from real logits",
    "",
    f"    {command}",
    "",
    f"Logits of {_NUM_NETWORKS} fresh networks on the first {_NUM_IMAGES} training images,",
    f"standardised. A bias gives {many} the average error that {few} has without one.",
    "",
    f"| {' | '.join(header)} |",
    f"| {' | '.join(['---'] * 4 + ['---:'] * 3)} |",
    *rows,
    "",
    "![Densities of the logits, with their normal fits](real_logits.png)",
    "",
  ]
  return "\n".join(lines)


if __name__ == "__main__":
  logging.set_verbosity(logging.WARNING)
  compilation_cache.enable()
  command_line.run(main)
