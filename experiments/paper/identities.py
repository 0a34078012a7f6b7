"""Trains linear heads on features of very many people, some with wrong labels.

  python -m experiments.paper.identities --out_dir=experiments/results/identities

The directory gets rows.jsonl, a row for each number of people and loss, and README.md, a
page of all rows. What has a row is not run again: stop a command, and repeat it, as you
like.
"""

import functools
import json
import pathlib
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from absl import flags, logging
from jax.typing import ArrayLike

from experiments.benchmarks import page
from experiments.paper import identities_page
from experiments.paper.identity_images import (
  DIM,
  Images,
  centres_of,
  features_of,
  right_labels,
  training_images,
)
from noisy_jax import losses, noise
from noisy_jax.analysis import calibration, schedules
from noisy_jax.cli import command_line, messages, path_flags

_CLASSES = flags.DEFINE_list(
  "classes", ["2000", "20000"], "Numbers of people, K, from 100 up."
)
_EPOCHS = flags.DEFINE_integer("epochs", 6, "Epochs of each training.", lower_bound=1)
_OUT_DIR = path_flags.define(
  "out_dir", None, "Directory for rows.jsonl and README.md.", required=True
)

BATCH_SIZE = 500
LEARNING_RATE = 8.0
MOST_MEASURED = 20_000

Row = dict[str, Any]
RIGHT_LABELS = "CE, right labels"


class Contender(NamedTuple):
  """A loss of the comparison.

  Attributes:
    loss_at: from a step of the training to the loss.
    chosen: its hyperparameter for K classes, in words.
  """

  loss_at: Callable[[jax.Array], losses.Loss]
  chosen: str = ""


def contenders(num_classes: int, num_steps: int) -> dict[str, Contender]:
  """The losses by name."""
  eps = calibration.logit_bias(losses.mae, num_classes).value
  q = calibration.hyperparameter(losses.gce, "q", num_classes).value
  fading = schedules.fading_bias(eps, num_steps)
  gce_of_classes = functools.partial(losses.gce, q=q)

  def mae_star(eps):
    return losses.with_logit_bias(losses.mae, eps)

  return {
    "CE": Contender(lambda _: losses.ce),
    "MAE*": Contender(lambda _: mae_star(eps), f"eps = {eps:.2f}"),
    "MAE, fading": Contender(lambda step: mae_star(fading(step)), f"eps from {eps:.2f}"),
    "GCE, q from K": Contender(lambda _: gce_of_classes, f"q = {q:.3f}"),
    "GCE": Contender(lambda _: losses.gce, "q = 0.7"),
    "MAE": Contender(lambda _: losses.mae),
    RIGHT_LABELS: Contender(lambda _: losses.ce),
  }


def steps_of_epoch(images: Images) -> int:
  """The number of whole batches."""
  return len(images.labels) // BATCH_SIZE


def train(
  contender: Contender,
  images: Images,
  num_classes: int,
  num_epochs: int,
  *,
  seed: int = 0,
) -> Iterator[jax.Array]:
  """Trains a linear head, whose logits are never held.

  Args:
    contender: the loss.
    images: to train on.
    num_classes: K.
    num_epochs: number of epochs, in which the learning rate falls to 0.
    seed: of initial weights and batches.

  Yields:
    The weights after each epoch, float32[DIM, K]; the next one takes their memory.
  """
  num_steps = steps_of_epoch(images)
  rate = optax.cosine_decay_schedule(LEARNING_RATE, num_epochs * num_steps)
  optimizer = optax.sgd(rate, momentum=0.9)
  data = jax.device_put((images.features, images.labels))

  @functools.partial(jax.jit, donate_argnums=(0, 1))
  def epoch(weights, state, data, batches, first_step):
    features, labels = data

    def step(carry, batch):
      weights, state = carry
      number, places = batch
      head = losses.fused_head(contender.loss_at(number))

      def mean_loss(weights):
        return head(features[places], weights, labels[places]).mean()

      updates, state = optimizer.update(jax.grad(mean_loss)(weights), state)
      return (optax.apply_updates(weights, updates), state), None

    numbers = first_step + jnp.arange(num_steps)
    return jax.lax.scan(step, (weights, state), (numbers, batches))[0]

  # The logits of a fresh head are N(0, 1), for which eps and q are calibrated.
  weights = jax.random.normal(jax.random.key(seed), (DIM, num_classes)) / DIM**0.5
  state = optimizer.init(weights)
  rng = np.random.default_rng(seed)
  for i in range(num_epochs):
    order = rng.permutation(len(images.labels))[: num_steps * BATCH_SIZE]
    batches = order.reshape(num_steps, BATCH_SIZE)
    weights, state = epoch(weights, state, data, batches, i * num_steps)
    yield weights


@jax.jit
def predict(weights: ArrayLike, features: ArrayLike) -> tuple[jax.Array, jax.Array]:
  """The likeliest class of each image, and ln(p / (1 - p)) of its probability p.

  It orders images as p does, but p is 1 in float32 for many.
  """

  def of_one(feature):
    logits = feature @ weights
    label = jnp.argmax(logits)
    others = jnp.where(jnp.arange(len(logits)) == label, -jnp.inf, logits)
    return label, logits[label] - jax.nn.logsumexp(others)

  return jax.lax.map(of_one, features, batch_size=250)


class Trial(NamedTuple):
  """Images that show what a head has learned.

  Attributes:
    known: features of new images of people, float32[m, DIM].
    people: their classes, int[m].
    strangers: features of new images of new strangers, float32[m, DIM].
    wrong: features of training images of people that have wrong labels, float32[w, DIM].
    wrong_labels: these labels, int32[w].
  """

  known: np.ndarray
  people: np.ndarray
  strangers: np.ndarray
  wrong: np.ndarray
  wrong_labels: np.ndarray


def trial(centres: np.ndarray, images: Images, *, seed: int = 1) -> Trial:
  """At most `MOST_MEASURED` images of each kind, taken at random."""
  rng = np.random.default_rng(seed)
  people = rng.permutation(len(centres))[:MOST_MEASURED]
  known = features_of(centres[people], rng)
  strangers = features_of(centres_of(len(people), rng), rng)
  wrong = np.flatnonzero((images.people >= 0) & (images.labels != images.people))
  wrong = rng.permutation(wrong)[:MOST_MEASURED]
  return Trial(known, people, strangers, images.features[wrong], images.labels[wrong])


def accuracy(weights: ArrayLike, trial: Trial) -> float:
  """The share of new images of people that are recognised."""
  return _share(predict(weights, trial.known)[0] == trial.people)


def memorised(weights: ArrayLike, trial: Trial) -> float:
  """The share of wrong labels that are predicted for their images."""
  return _share(predict(weights, trial.wrong)[0] == trial.wrong_labels)


def auroc(weights: ArrayLike, trial: Trial) -> float:
  """The area under the ROC curve of the confidence, people against strangers."""
  confidences = [predict(weights, x)[1] for x in (trial.known, trial.strangers)]
  is_known = np.arange(2 * len(trial.people)) < len(trial.people)
  return noise.auroc(np.concatenate(confidences), is_known)


def _share(of):
  return float(np.mean(np.asarray(of)))


def rows(num_classes: int, num_epochs: int, done: set[str]) -> Iterator[Row]:
  """Trains each loss that is not done, and yields its row."""
  centres = centres_of(num_classes, np.random.default_rng(2))
  images = training_images(centres)
  test = trial(centres, images)
  num_steps = num_epochs * steps_of_epoch(images)
  for name, contender in contenders(num_classes, num_steps).items():
    if name in done:
      continue
    has_right = name == RIGHT_LABELS
    shown = right_labels(images) if has_right else images
    start = time.process_time()
    accuracies = []
    for weights in train(contender, shown, num_classes, num_epochs):
      accuracies.append(accuracy(weights, test))
    yield {
      "num_classes": num_classes,
      "epochs": num_epochs,
      "loss": name,
      "chosen": contender.chosen,
      "accuracies": accuracies,
      "memorised": None if has_right else memorised(weights, test),
      "auroc": auroc(weights, test),
      "core_minutes": (time.process_time() - start) / 60,
    }


def main(argv):
  messages.only_flags(argv)
  classes = page.counts("classes", _CLASSES.value, least=100)
  messages.make_out_dir(_OUT_DIR.value)
  with messages.ending_in_one_line(OSError):
    out_dir = pathlib.Path(_OUT_DIR.value)
    table = out_dir / "rows.jsonl"
    table.touch()
    for num_classes in classes:
      setting = num_classes, _EPOCHS.value
      done = {row["loss"] for row in read(table) if setting_of(row) == setting}
      for row in rows(*setting, done):
        with table.open("a") as file:
          file.write(json.dumps(row) + "\n")
        print(row)
      (out_dir / "README.md").write_text(identities_page.text(read(table)))


def setting_of(row: Row) -> tuple[int, int]:
  """K and the number of epochs."""
  return row["num_classes"], row["epochs"]


def read(table: pathlib.Path) -> list[Row]:
  """The rows of a table."""
  return [json.loads(line) for line in table.read_text().splitlines()]


if __name__ == "__main__":
  # At level INFO, JAX lists the accelerators that it did not find.
  logging.set_verbosity(logging.WARNING)
  command_line.run(main)
