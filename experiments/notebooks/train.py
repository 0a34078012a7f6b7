# %% [markdown]
# # Train on wrong labels
#
# This notebook makes labels wrong, trains a network on them with several losses, and shows
# after every epoch what each has learned: how many clean test images it knows, and how many
# of the wrong labels it has memorised.
#
# Choose in the next cell, then run all cells. With the settings as they stand, it takes
# about a minute on two CPU cores; for CIFAR-10, at the end, an accelerator is needed.

# %%
# By name, a loss; its logit bias, a number, or "auto" to have it from the classes; and
# whether that is constant or fading.
LOSSES: dict = {
  "CE": ("ce", 0, "constant"),
  "MAE": ("mae", 0, "constant"),
  "MAE*": ("mae", "auto", "constant"),
  "MAE, fading": ("mae", "auto", "fading"),
}  # @param {type: "raw"}
# 2 to 1000: training is on digitsK, which needs no download.
NUM_CLASSES = 1000  # @param {type: "integer"}
# symmetric or pairflip, and the share of wrong labels.
NOISE = "symmetric"  # @param {type: "string"}
NOISE_RATE = 0.4  # @param {type: "number"}
EPOCHS = 6  # @param {type: "integer"}
# Units of the network's hidden layers.
WIDTHS = (512, 512)  # @param {type: "raw"}
# Of CIFAR-10; 0 leaves it out. The published protocol has 120.
CIFAR10_EPOCHS = 0  # @param {type: "integer"}
CIFAR10_MODEL = "cnn8"  # @param {type: "string"}
# Where TensorFlow Datasets keeps its sets; None is its own place.
DATA_DIR = None  # @param {type: "raw"}
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
  subprocess.run(
    [sys.executable, "-m", "pip", "install", "--quiet", SOURCE, *builds], check=True
  )

# %%
import jax
import numpy as np
from IPython.display import clear_output, display

from noisy_jax import data, runs, training
from noisy_jax.analysis import figures

# %matplotlib inline

device = jax.devices()[0]
print(
  f"{jax.device_count()} x {device.device_kind} ({device.platform}), JAX {jax.__version__}"
)

# %% [markdown]
# ## 1. The data, and what is wrong with their labels
#
# Images of three real digit scans, which spell a number; the class is that number mod K.
# Left, how often each class bears each label; right, images with a wrong label, between
# what they are and what the label says.

# %%
dataset = data.load(f"digits{NUM_CLASSES}")


def config(loss, logit_bias, bias_schedule):
  return training.TrainConfig(
    dataset=f"digits{NUM_CLASSES}",
    loss=loss,
    logit_bias=logit_bias,
    bias_schedule=bias_schedule,
    noise=NOISE,
    noise_rate=NOISE_RATE,
    widths=WIDTHS,
    epochs=EPOCHS,
  )


setups = {
  name: runs.prepare(config(*choice), dataset=dataset) for name, choice in LOSSES.items()
}
labels = next(iter(setups.values())).train_labels
print(f"{labels.rate:.1%} of {len(labels.noisy):,} labels are wrong")
for name, setup in setups.items():
  made = setup.objective
  print(f"{name}: {made.description}, logit bias {made.logit_bias:g} ({made.bias_reason})")
figures.label_noise(labels, dataset.train_images, class_names=dataset.class_names)

# %% [markdown]
# ## 2. Training
#
# The wrong labels are the same for all losses. A bounded loss without a bias may not learn
# at all on this many classes; [analysis.ipynb](analysis.ipynb) shows why, and tells it
# beforehand.


# %%
def curve(epochs, field):
  values = np.array([getattr(epoch, field) for epoch in epochs], float)
  return figures.Curve(np.arange(1, len(epochs) + 1), values, np.full(len(epochs), np.nan))


def draw(results):
  titles = {
    "test_accuracy": "clean test images known",
    "memorised": "wrong labels memorised",
  }
  panels = [
    figures.ResultsPanel(
      title, {name: curve(epochs, field) for name, epochs in results.items()}
    )
    for field, title in titles.items()
  ]
  return figures.results_by_loss(panels, x_label="epoch", y_label="share (%)")


def train_all(setups):
  """The epochs of each setup; a figure of them is drawn anew after each."""
  results: dict = {}
  for name, setup in setups.items():
    for moment in training.train(setup):
      if moment.results:
        results.setdefault(name, []).extend(moment.results)
        clear_output(wait=True)
        display(draw(results))
  return results


def show(results):
  print(f"{'loss':10} {'last':>7} {'best':>7} {'memorised':>10} {'images/s':>10}")
  for name, epochs in results.items():
    last, best = epochs[-1], max(epoch.test_accuracy for epoch in epochs)
    memorised = "" if last.memorised is None else f"{last.memorised:.1%}"
    print(
      f"{name:10} {last.test_accuracy:7.1%} {best:7.1%} {memorised:>10} "
      f"{last.images_per_second:10,.0f}"
    )


results = train_all(setups)
show(results)

# %% [markdown]
# A few epochs show which losses start to learn. What memorising costs comes later: raise
# `EPOCHS` to 40, and watch the accuracy of cross-entropy fall again, and what a bias that
# stays lets MAE memorise.
#
# ## 3. CIFAR-10
#
# The protocol of Zhou et al. (ICML 2021), shortened to `CIFAR10_EPOCHS`. TensorFlow
# Datasets downloads and prepares the images (about 170 MB) where they are missing.

# %%
cifar10_results: dict = {}
if CIFAR10_EPOCHS:
  cifar10 = data.load("cifar10", DATA_DIR, download=True)
  cifar10_setups = {
    name: runs.prepare(
      training.TrainConfig(
        dataset="cifar10",
        loss=loss,
        logit_bias=logit_bias,
        bias_schedule=bias_schedule,
        noise=NOISE,
        noise_rate=NOISE_RATE,
        model=CIFAR10_MODEL,
        augmentation="cifar10",
        learning_rate=0.01,
        epochs=CIFAR10_EPOCHS,
      ),
      dataset=cifar10,
    )
    for name, (loss, logit_bias, bias_schedule) in LOSSES.items()
  }
  cifar10_results = train_all(cifar10_setups)
  show(cifar10_results)
