"""Weights of classes and examples: what they are, and what they do to a training."""

import dataclasses

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import data, losses, runs, training
from noisy_jax.training import weights
from tests import streamed_sets
from tests.small_setups import small_setup

LABELS = np.array([0, 0, 0, 0, 1, 1, 2, 2], np.int32)


def of(class_weights="none", example_weights="none", own=None):
  return weights.of_examples(weights.parse(class_weights, example_weights), LABELS, 3, own)


def test_balanced_classes_weigh_the_same():
  values = of("balanced")
  chex.assert_trees_all_close(values.mean(), np.float32(1))
  totals = [values[k == LABELS].sum() for k in range(3)]
  chex.assert_trees_all_close(totals, [np.float32(8 / 3)] * 3, rtol=1e-6)


@pytest.mark.parametrize("ending", ["npy", "csv"])
def test_a_file_weighs_classes(tmp_path, ending):
  file, numbers = tmp_path / f"weights.{ending}", np.array([1.0, 2.0, 0.5])
  (np.save if ending == "npy" else np.savetxt)(file, numbers)
  expected = numbers[LABELS] / numbers[LABELS].mean()
  chex.assert_trees_all_close(of(str(file)), expected.astype(np.float32))
  numbered = tmp_path / "numbered.csv"
  numbered.write_text("class,count,weight\n1,3,1.0\n2,1,2.0\n3,2,0.5\n")
  chex.assert_trees_all_equal(of(str(numbered)), of(str(file)))


def test_a_file_weighs_examples_by_id(tmp_path):
  file = tmp_path / "weights.csv"
  file.write_text("id,weight\nc,3\na,0\nb,1.5\n")
  settings = weights.parse("none", str(file))
  read = weights.of_file(settings, np.array(["a", "b", "c"]), 3)
  chex.assert_trees_all_equal(read, np.array([0, 1.5, 3]))
  own = np.arange(8.0)
  both = of("balanced", str(file), own)
  expected = own * of("balanced")
  chex.assert_trees_all_close(both, (expected / expected.mean()).astype(np.float32))


def test_without_weights_there_are_none():
  assert of() is None


@pytest.mark.parametrize(
  "text, message",
  [
    ("0\n1\n", "class_weights: .* has 2 rows, must have 3"),
    ("0\n1\n-1\n", "class_weights: .*-1.0 for number 2, must be a finite number from 0 up"),
    ("0\n0\n0\n", "weights: 0 for all 8 training examples, must have others"),
    ("class,weight\ncat,3\nant,1\nbee,2\n", "names in the column 'class', must be left o"),
    ("class,weight\n2,3\n0,1\n1,2\n", "column 'class' out of order, must have its rows so"),
  ],
)
def test_files_that_weigh_nothing_are_refused(text, message, tmp_path):
  (tmp_path / "weights.csv").write_text(text)
  with pytest.raises(ValueError, match=message):
    of(str(tmp_path / "weights.csv"))


def test_unknown_words_and_mixtures_are_refused(tmp_path):
  with pytest.raises(
    ValueError, match="class_weights: 'even', must be none, balanced or a"
  ):
    training.TrainConfig(class_weights="even")
  with pytest.raises(
    ValueError, match="example_weights: 'balanced', must be none or a fil"
  ):
    training.TrainConfig(example_weights="balanced")
  with pytest.raises(
    ValueError, match="augmentation: mixup, must not mix images where cla"
  ):
    small_setup(class_weights="balanced", augmentation="mixup")


def test_a_step_follows_the_weighted_mean(tmp_path):
  """SGD without momentum: one step is the gradient of the mean of w_i L_i."""
  setup = small_setup(2, train_size=64, epochs=1, momentum=0.0)
  own = np.random.default_rng(0).uniform(0, 2, 64)
  own = (own / own.mean()).astype(np.float32)
  config = dataclasses.replace(setup.config, clip_norm=0.0, weight_decay=0.0)
  setup = setup._replace(config=config, weights=own)
  before = training.loop.initial_state(setup, [0])
  *_, last = training.train(setup)
  inputs = jnp.asarray(setup.dataset.train_images, jnp.float32)
  inputs = (inputs - setup.mean.reshape(1, 1, 1, -1)) / setup.std.reshape(1, 1, 1, -1)
  params = jax.tree.map(lambda leaf: leaf[0], before.params)

  def mean_loss(params):
    logits = setup.model.apply({"params": params}, inputs)
    return (own * losses.mae(logits, setup.train_labels.noisy)).mean()

  value, gradient = jax.value_and_grad(mean_loss)(params)
  after = training.loop.replicas.unstack(last.state.params, seed=0)
  step = jax.tree.map(lambda new, old: old - new, after, params)
  expected = jax.tree.map(lambda leaf: setup.config.learning_rate * leaf, gradient)
  chex.assert_trees_all_close(step, expected, rtol=1e-3, atol=1e-6)
  assert last.results[0].loss == pytest.approx(float(value), rel=1e-5)


def test_examples_of_weight_0_teach_nothing(tmp_path):
  """Half of the labels are wrong and weigh nothing: the network learns from the rest."""
  wrong = small_setup(noise="pairflip", noise_rate=0.5, loss="ce", epochs=4, train_size=640)
  own = np.where(wrong.train_labels.flipped, 0.0, 1.0)
  np.save(tmp_path / "weights.npy", own)
  file = str(tmp_path / "weights.npy")
  summary = runs.run(
    small_setup(
      noise="pairflip",
      noise_rate=0.5,
      loss="ce",
      epochs=4,
      train_size=640,
      example_weights=file,
    )
  )
  assert summary["memorised"] < 0.1 < 0.6 < summary["corrected"]


def test_validation_and_streams_keep_weights_with_their_examples(tmp_path):
  dataset = data.digits(10, train_size=100, test_size=10)
  np.save(tmp_path / "weights.npy", np.arange(100.0))
  config = training.TrainConfig(
    "digits10", example_weights=str(tmp_path / "weights.npy"), validation="0.2"
  )
  noisy = training.noisy_set(config, dataset=dataset)
  chex.assert_trees_all_equal(noisy.weights, noisy.dataset.train_ids.astype(float))
  folder = streamed_sets.write_folder(tmp_path)
  whole, part = (
    streamed_sets.a_setup(folder, class_weights=w) for w in ("none", "balanced")
  )
  part = part._replace(weights=np.zeros(14, np.float32))
  first, last = ([m for m in training.train(s) if m.results][-1] for s in (whole, part))
  assert first.results[0].loss > 0 == last.results[0].loss
