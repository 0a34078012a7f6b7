# %% [markdown]
# # From a dirty folder to a clean model
#
# This notebook writes pictures into class folders, moves a part of them to wrong ones,
# finds these by an audit, and compares networks trained before and after. With a folder of
# your own, set `PHOTOS`: then the audit is all there is to run.
#
# Choose in the next cell, then run all cells. With the settings as they stand, it takes
# a minute on two CPU cores. [docs/audit.md](../../docs/audit.md) explains the audit and
# has its commands for the terminal.

# %%
# A folder PATH/CLASS/..., or None to make one.
PHOTOS = None  # @param {type: "raw"}
# Of the pictures that are made: 2 to 1000 classes, and the share in a wrong folder.
NUM_CLASSES = 20  # @param {type: "integer"}
NUM_PICTURES = 4000  # @param {type: "integer"}
MOVED = 0.2  # @param {type: "number"}
# mlp with hidden layers of these units; or cnn5, a small convolutional network, with a
# learning rate of 0.03.
MODEL = "mlp"  # @param {type: "string"}
WIDTHS = (512, 512)  # @param {type: "raw"}
LEARNING_RATE = 0.1  # @param {type: "number"}
EPOCHS = 30  # @param {type: "integer"}
# Networks that score pictures they have not seen; 0: the network trained on all scores.
FOLDS = 0  # @param {type: "integer"}
# Gets the results; a finished training there is not repeated.
OUT = "audit"  # @param {type: "string"}
# What pip installs where noisy_jax is missing: the folder of a checkout, or git+ and the
# address of the repository.
SOURCE = "."  # @param {type: "string"}

# %% [markdown]
# On Colab, clone or upload the repository first, and put its folder (or its address) into
# `SOURCE`. If pip has to replace JAX, it is told to fetch the build for the same kind of
# accelerator. If an import below fails after the installation, a package was replaced that
# was already loaded: restart the session and run all cells again.

# %%
import subprocess
import sys
from importlib import metadata

BUILDS = {"jax-cuda12-plugin": "cuda12", "jax-cuda13-plugin": "cuda13", "libtpu": "tpu"}
installed = {distribution.name for distribution in metadata.distributions()}
if "noisy_jax" not in installed:
  builds = [f"jax[{build}]" for name, build in BUILDS.items() if name in installed]
  packages = [SOURCE, "jinja2", *builds]
  subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *packages], check=True)

# %%
import pathlib

import cv2
import matplotlib.pyplot as plt
import numpy as np

from noisy_jax import data, runs, training
from noisy_jax.audit import audit, results

# %matplotlib inline

# %% [markdown]
# ## 1. A dirty folder
#
# Three real digit scans spell a number; the class is that number mod K.

# %%
made = data.digits(NUM_CLASSES, train_size=NUM_PICTURES, test_size=2000)
rng = np.random.default_rng(0)
is_moved = rng.random(NUM_PICTURES) < MOVED
steps = rng.integers(1, NUM_CLASSES, NUM_PICTURES)
given = np.where(is_moved, (made.train_labels + steps) % NUM_CLASSES, made.train_labels)
photos = pathlib.Path(PHOTOS or f"{OUT}_photos")
if PHOTOS is None:
  for number, (image, label) in enumerate(zip(made.train_images, given, strict=True)):
    path = photos / f"class{label}" / f"{number:05}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), (255 * image).round().astype(np.uint8))

# %% [markdown]
# ## 2. The audit
#
# One network is trained on all labels, by a method that memorises few wrong ones. Nothing
# is written into the folder of the pictures.

# %%
config = training.TrainConfig(
  dataset=f"folder:{photos.absolute()}",
  model=MODEL,
  widths=WIDTHS,
  learning_rate=LEARNING_RATE,
  epochs=EPOCHS,
)
found = audit.audit(config, OUT, num_folds=FOLDS)
results.write(pathlib.Path(OUT), found, str(photos.absolute()), num_folds=FOLDS)
findings, summary = found.findings, found.summary
rate, alarms = summary.noise_rate, summary.false_alarms
print(f"{findings.declared.sum():,} of {len(findings.ids):,} labels are declared wrong")
print(f"wrong labels: about {rate.value:.1%} ({rate.low:.1%} to {rate.high:.1%})")
print(f"right ones among the declared: {alarms.low:.0f} to {alarms.high:.0f}")
for note in summary.notes:
  print(note)

# %% [markdown]
# The likeliest wrong labels, each with its given and its likely class. `report.html` in
# `OUT` shows them all, takes your decisions, and needs no server: download it and open it
# (on Colab, by the list of files on the left).


# %%
def show(pictures, places):
  figure, axes = plt.subplots(4, 6, figsize=(12, 7))
  for axis, place in zip(axes.flat, places, strict=False):
    axis.imshow(pictures[place].squeeze(), cmap="gray")
    labels = findings.labels[place], findings.likely[place]
    axis.set_title(" → ".join(summary.class_names[label] for label in labels), fontsize=9)
  for axis in axes.flat:
    axis.axis("off")
  return figure


suspects = show(found.images, findings.order)

# %% [markdown]
# ## 3. Before and after
#
# Networks trained by cross-entropy, on all pictures and without the declared ones, and
# what each knows of new pictures. `noisy-jax apply` makes a folder of links without them,
# or with the labels that you decided on.

# %%
accuracies: dict = {}
if PHOTOS is None:
  numbers = np.array([int(pathlib.Path(id_).stem) for id_ in findings.ids])
  declared = np.zeros(NUM_PICTURES, bool)
  declared[numbers[findings.declared]] = True
  print(f"{is_moved[declared].mean():.1%} of the declared are wrong")
  print(f"{declared[is_moved].mean():.1%} of the wrong are declared")
  everything = np.ones(NUM_PICTURES, bool)
  for name, kept in {"all pictures": everything, "cleaned": ~declared}.items():
    dataset = data.from_arrays(
      made.train_images[kept], given[kept], made.test_images, made.test_labels
    )
    *_, last = training.train(runs.prepare(config, dataset=dataset))
    accuracies[name] = last.results[0].test_accuracy
    print(f"{name}: {accuracies[name]:.1%} of the new pictures are right")
