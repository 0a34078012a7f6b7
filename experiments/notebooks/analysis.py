# %% [markdown]
# # Can this loss learn on this many classes?
#
# A loss teaches through its gradient. On many classes a bounded loss may have none where a
# fresh network starts, and then nothing is learned, whatever the data. This notebook shows
# it for losses of your choice, before any training, repairs them, and trains to see whether
# that was right. The method is that of
# [Staats, Thamm and Rosenow (AAAI 2025)](https://arxiv.org/abs/2306.05497).
#
# Choose in the next cell, then run all cells. It needs no accelerator: with the settings as
# they stand, it takes about a minute on two CPU cores.

# %%
# Short names of losses, or sums such as "10*nce + agce(a=6, q=1.5)"; up to seven.
LOSSES = ["ce", "mae", "gce", "nce"]  # @param {type: "raw"}
# 2 to 1000: training is on digitsK, which needs no download.
NUM_CLASSES = 100  # @param {type: "integer"}
# The one of the losses whose logit bias section 4 draws.
BIASED = "mae"  # @param {type: "string"}
# A loss and the hyperparameter of it that section 5 chooses.
HYPERPARAMETER = ("gce", "q")  # @param {type: "raw"}
# Share of wrong labels in training.
NOISE_RATE = 0.4  # @param {type: "number"}
EPOCHS = 6  # @param {type: "integer"}
# Units of the network's hidden layers.
WIDTHS = (512, 512)  # @param {type: "raw"}
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

from noisy_jax import analysis, data, losses, models, noise, runs, training
from noisy_jax.analysis import calibration, figures, schedules

# %matplotlib inline

KEY = jax.random.key(0)


def show(heading, rows):
  """Prints a table whose first column is text."""
  for first, *others in [heading, *rows]:
    print(f"{first:18}" + "".join(f"{cell:>12}" for cell in others))


# %% [markdown]
# ## 1. Where training starts
#
# Before training, the logits of a network over K classes lie around 0, whatever K is. Here
# are those of three fresh networks on 500 training images. The analysis takes them to be
# standard normal (dashed). They may be narrower or wider: what matters below is that they
# do not grow with K.

# %%
dataset = data.load(f"digits{NUM_CLASSES}")
mean, std = data.channel_statistics(dataset.train_images)
inputs = (dataset.train_images[:500] - mean) / std


def initial_logits(num_classes):
  model = models.MLP(num_classes, WIDTHS)
  return np.asarray(analysis.initial_logits(model, inputs, jax.random.split(KEY, 3)))


network = f"MLP of {' and '.join(map(str, WIDTHS))} units, $K$ = {NUM_CLASSES}"
figures.initial_logit_density({network: initial_logits(NUM_CLASSES)})

# %% [markdown]
# ## 2. Where a loss has gradient
#
# A curve shows how hard a loss pulls on the logit $z_k$ of the labelled class: minus the
# derivative of the loss by $z_k$, averaged over the other logits of a fresh network. Where
# a curve is near 0, an example with that $z_k$ teaches nothing.
#
# Cross-entropy pulls with almost 1 wherever the network is not yet sure. The curve of a
# bounded loss is a bump: it falls to the right, where the label is learned, and also to the
# left, where the loss takes the label for wrong. With more classes the bump moves right,
# like ln K, and the initial logits (grey) stay behind.

# %%
expressions = {text: losses.parse(text) for text in LOSSES}
z = np.linspace(-4, np.log(NUM_CLASSES) + 7, 201)


def curves(num_classes):
  return {
    text: -np.asarray(analysis.average_error(loss, num_classes, z, key=KEY).mean)
    for text, loss in expressions.items()
  }


# 10 is the number of classes that biases are calculated from.
counts = sorted({10, NUM_CLASSES})
panels = [
  figures.LossesPanel(count, curves(count), initial_logits(count)) for count in counts
]
figures.error_by_losses(z, panels)

# %% [markdown]
# ## 3. Will it learn?
#
# Two numbers say how a curve meets the initial logits. The **pull** is the mean height of
# the curve over them: the strength with which training starts, close to 1 for
# cross-entropy. The **overlap** is the pull as a share of the curve's largest height: 1 if
# all logits start where the loss pulls hardest, 0 if they start where it does not pull.
#
# The verdict goes by the pull. At a learning rate that suits cross-entropy, a loss learns
# from 0.03 on, stalls below 0.01, and may do either between. If it does not learn, the
# overlap tells why. A small one means that the logits lie beside the curve: a bias moves
# them under it. A large one means that the curve is low everywhere, as that of `nce` on 100
# classes: then a factor helps. Try `52*nce` in `LOSSES`.

# %%
verdicts = {text: analysis.verdict(loss, NUM_CLASSES) for text, loss in expressions.items()}
show(
  ("loss", "overlap", "pull", "verdict"),
  [
    (text, f"{start.overlap:.3f}", f"{start.pull:.4f}", answer)
    for text, (answer, start, *_) in verdicts.items()
  ],
)
print()
for text, judged in verdicts.items():
  print(f"{text}: {judged.advice}")

# %% [markdown]
# ## 4. What the logit bias does
#
# The logit bias is a number that is added to the labelled logit inside the loss, in
# training alone: the network then starts where the loss has gradient (hatched). The number
# is the one that gives K classes the average error at $z_k$ = 0 that 10 classes have. It
# depends on the loss and on K, not on the data or the noise, and nothing is tuned. Predict
# with the plain logits.

# %%
bias = calibration.logit_bias(losses.parse(BIASED), NUM_CLASSES)
print(f"logit bias {bias.value:g} of {BIASED}: {bias.reason}")
panel = panels[-1]._replace(logit_bias=bias.value or None, bias_of=BIASED)
figures.error_by_losses(z, [panel])

# %% [markdown]
# ## 5. A bias that fades
#
# A bias that stays lets a loss memorise. MAE with a bias eps bears noise only where the
# right label is at least exp(2 eps) times as likely as any wrong one; so the noise leaves a
# largest bias, and with many classes the one that is needed to start is larger. It is not
# needed to finish: this library's own rule lets it fall to 0, at one rate whatever the
# loss, the data or the noise. That takes a training which is long enough to memorise; in
# few epochs the bias is gone before all classes are learned.

# %%
matrix = noise.symmetric_matrix(NUM_CLASSES, NOISE_RATE)
largest = analysis.theory.largest_tolerant_bias(losses.mae, matrix)
print(f"{NOISE_RATE:.0%} symmetric noise leaves MAE a bias of {largest:.3f}\n")
fading = schedules.fading_bias(bias.value, 100)
show(
  ("training done", *(f"{done} %" for done in range(0, 101, 20))),
  [("logit bias", *(f"{fading(done):.3f}" for done in range(0, 101, 20)))],
)

# %% [markdown]
# ## 6. A bias, or another hyperparameter
#
# The same rule, the average error of 10 classes, also finds a hyperparameter. The bias
# moves the logits under the curve; a smaller q of GCE, say, moves the curve back over the
# logits. It also makes the loss more like cross-entropy, which in the end memorises wrong
# labels. What `auto` stands for in an expression, as in `gce(q=auto)`, is less: the average
# error of 100 classes, up to which papers keep their values.

# %%
name, keyword = HYPERPARAMETER
loss = losses.NAMES[name]
chosen = calibration.hyperparameter(loss, keyword, NUM_CLASSES, reference_classes=10)
print(f"{keyword} = {chosen.value:g} of {name}: {chosen.reason}")
auto = calibration.hyperparameter(loss, keyword, NUM_CLASSES)
print(f"{keyword}=auto is {auto.value:g}: {auto.reason}\n")
adjusted = f"{name}({keyword}={chosen.value:g})"

# How each loss meets the initial logits, by its text and logit bias.
starts = {}
for text, judged in verdicts.items():
  starts[text, 0.0] = judged.before
  if judged.logit_bias and judged.after:
    starts[text, judged.logit_bias] = judged.after
starts[adjusted, 0.0] = analysis.overlap(losses.parse(adjusted), NUM_CLASSES)
show(
  ("loss", "logit bias", "overlap", "pull"),
  [
    (text, f"{eps:.3f}", f"{start.overlap:.3f}", f"{start.pull:.4f}")
    for (text, eps), start in starts.items()
  ],
)

# %% [markdown]
# ## 7. Does it come true?
#
# Each of these is now trained on digitsK with wrong labels: images of three real digit
# scans, which spell a number, labelled by that number mod K. The first with a bias is
# trained once more, with one that fades.

# %%
trainings = [(text, eps, "constant") for text, eps in starts]
trainings += [(text, eps, "fading") for text, eps in starts if eps][:1]
accuracies = {}
for text, eps, schedule in trainings:
  config = training.TrainConfig(
    dataset=f"digits{NUM_CLASSES}",
    loss=text,
    logit_bias=eps,
    bias_schedule=schedule,
    noise_rate=NOISE_RATE,
    widths=WIDTHS,
    epochs=EPOCHS,
  )
  setup = runs.prepare(config, dataset=dataset)
  summary = runs.run(setup, title=f"{text:14} bias {eps:5.3f} {schedule:8}  ")
  accuracies[text, eps, schedule] = summary["test_accuracy"]

# %% [markdown]
# Accuracy on clean test images, beside the pull that was known before. One training is one
# sample, and a few epochs show which losses start to learn. They do not show what
# memorising wrong labels costs later, cross-entropy first, and which bias helps against it:
# raise `EPOCHS` to 40 for that.

# %%
show(
  ("loss", "logit bias", "", "pull", "accuracy"),
  [
    (text, f"{eps:.3f}", schedule, f"{starts[text, eps].pull:.4f}", f"{accuracy:.1%}")
    for (text, eps, schedule), accuracy in accuracies.items()
  ],
)
