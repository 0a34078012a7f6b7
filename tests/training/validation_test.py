"""The validation split: which examples it takes, and what it decides."""

import dataclasses

import chex
import numpy as np
import pytest

from noisy_jax import data, runs, training
from noisy_jax.training import validation
from tests import stopped_runs, streamed_sets
from tests.stopped_runs import few_steps_per_call  # noqa: F401


def noisy_set(**changes):
  dataset = data.digits(10, train_size=200, test_size=10)
  config = training.TrainConfig("digits10", noise_rate=0.4, **changes)
  return training.noisy_set(config, dataset=dataset)


@pytest.mark.parametrize("labels", ["", ":clean"])
def test_it_takes_some_training_examples_and_leaves_the_others(labels):
  whole, split = noisy_set(), noisy_set(validation=f"0.1{labels}")
  rest = split.dataset.train_ids.astype(int)
  taken = np.setdiff1d(np.arange(200), rest)
  assert len(taken) == 20
  chosen = whole.labels.clean if labels else whole.labels.noisy
  chex.assert_trees_all_equal(split.validation.labels, chosen[taken])
  chex.assert_trees_all_equal(split.validation.images, whole.dataset.train_images[taken])
  chex.assert_trees_all_equal(split.dataset.train_images, whole.dataset.train_images[rest])
  chex.assert_trees_all_equal(split.labels.noisy, whole.labels.noisy[rest])
  chex.assert_trees_all_equal(split.dataset.test_images, whole.dataset.test_images)


def test_the_seed_of_the_noise_chooses():
  one, again, other = (
    noisy_set(validation="0.5", noise_seed=seed).dataset.train_ids for seed in (0, 0, 1)
  )
  assert list(one) == list(again) != list(other)


def test_foreign_examples_stay_marked():
  split = noisy_set(validation="0.3", noise="open_set:2")
  whole = noisy_set(noise="open_set:2")
  rest = np.isin(whole.dataset.train_ids, split.dataset.train_ids)
  chex.assert_trees_all_equal(split.foreign, whole.foreign[rest])


def test_no_foreign_image_is_in_a_clean_split():
  clean, given = (
    noisy_set(validation=f"0.3{labels}", noise="open_set:2") for labels in (":clean", "")
  )
  chex.assert_trees_all_equal(clean.dataset.train_ids, given.dataset.train_ids)
  whole = noisy_set(noise="open_set:2")
  taken = ~np.isin(whole.dataset.train_ids, clean.dataset.train_ids)
  assert 0 < (taken & whole.foreign).sum() < taken.sum()
  images = whole.dataset.train_images
  chex.assert_trees_all_equal(given.validation.images, images[taken])
  chex.assert_trees_all_equal(clean.validation.images, images[taken & ~whole.foreign])
  chex.assert_trees_all_equal(
    clean.validation.labels, whole.labels.clean[taken & ~whole.foreign]
  )
  only = whole._replace(foreign=np.ones(len(images), bool))
  with pytest.raises(ValueError, match=r"0\.1:clean takes foreign images alone"):
    validation.take_out(only, data.ValidationSplit(0.1, is_clean=True), 0)


def test_what_cannot_be_taken_is_refused():
  noisy = noisy_set()
  with pytest.raises(ValueError, match=r"validation: 0\.001 takes 0 of 200 train"):
    validation.take_out(noisy, data.ValidationSplit(0.001), 0)
  as_given = noisy._replace(dataset=noisy.dataset._replace(labels_trusted=False))
  with pytest.raises(ValueError, match=r"validation: 0\.1:clean, must be 0\.1: nobody"):
    validation.take_out(as_given, data.ValidationSplit(0.1, is_clean=True), 0)


def trained(setup, **kwargs):
  moments = training.train(setup, **kwargs)
  return [result for moment in moments for result in moment.results]


def test_no_test_label_is_read_before_the_end():
  setup = stopped_runs.a_setup(validation="0.2")
  other = setup.dataset._replace(test_labels=(setup.dataset.test_labels + 1) % 10)
  results, others = trained(setup), trained(setup._replace(dataset=other))
  of_test = {"test_loss", "test_accuracy", "test_top5", "best_test_accuracy"}
  clocks = {"seconds", "images_per_second"}
  for one, two in zip(results, others, strict=True):
    is_last = one.epoch == setup.config.epochs
    assert all((getattr(one, name) is not None) == is_last for name in of_test)
    for name in training.METRICS.keys() - of_test - clocks:
      assert getattr(one, name) == getattr(two, name)
  assert results[-1].test_accuracy != others[-1].test_accuracy


def test_the_best_epoch_is_best_on_validation(tmp_path):
  # The first epoch is the best: in the others the network forgets.
  settings = dict(validation="0.2", schedule="constant", learning_rate=3.0, clip_norm=0.0)
  settings |= dict(loss="gce", epochs=4)
  setup = stopped_runs.a_setup(num_devices=1, **settings)
  summary = runs.run(setup, tmp_path)
  accuracies = [row["validation_accuracy"] for row in stopped_runs.records(tmp_path)[:-1]]
  best = max(range(4), key=lambda i: (accuracies[i], i))
  assert summary["best_epoch"] == best + 1 < 4
  assert summary["validation_examples"] == 128
  network = runs.load_trained(tmp_path, "best")
  assert network.epochs_done == best + 1
  held_out = runs.predict(network, setup.validation.images).labels
  assert (held_out == setup.validation.labels).mean() == pytest.approx(accuracies[best])
  predicted = runs.predict(network, setup.dataset.test_images).labels
  accuracy = (predicted == setup.dataset.test_labels).mean()
  assert summary["best_test_accuracy"] == pytest.approx(accuracy)
  assert summary["test_accuracy"] != summary["best_test_accuracy"]


def test_a_stopped_run_ends_like_a_whole_one(tmp_path):
  setup = stopped_runs.a_setup(num_devices=2, validation="0.2", epochs=2)
  runs.run(setup, tmp_path / "whole")
  stopped_runs.stopped_run(tmp_path / "stopped", 2, 4, setup)
  runs.run(setup, tmp_path / "stopped")
  stopped_runs.assert_same_end(tmp_path / "stopped", tmp_path / "whole")


def test_each_seed_has_a_best_epoch_of_its_own():
  setup = stopped_runs.a_setup(num_devices=1, validation="0.2", epochs=2)
  together = trained(setup, seeds=[0, 1])
  for seed, result in zip([0, 1], together[-2:], strict=True):
    config = dataclasses.replace(setup.config, seed=seed)
    alone = trained(setup._replace(config=config))[-1]
    for name in ("validation_accuracy", "test_accuracy", "best_test_accuracy"):
      assert getattr(result, name) == pytest.approx(getattr(alone, name))


def test_streams_have_validation_splits(tmp_path):
  folder = streamed_sets.write_folder(tmp_path)
  setup = streamed_sets.a_setup(folder, validation="0.25")
  whole = streamed_sets.a_setup(folder)
  assert (len(setup.train_labels.noisy), len(setup.validation.labels)) == (10, 4)
  ids = [*setup.dataset.train.ids(), *setup.validation.images.ids()]
  assert sorted(ids) == sorted(whole.dataset.train.ids())
  *first, last = trained(setup)
  assert all(result.test_accuracy is None for result in first)
  assert 0 <= last.best_test_accuracy <= 1


def test_streams_of_other_examples_have_other_digests(tmp_path):
  folder = streamed_sets.write_folder(tmp_path)
  stream = data.open_stream(f"folder:{folder}").train
  places = [np.arange(5), np.arange(5, 10), np.arange(5, 10)]
  one, other, again = (data.digest(stream.select(part)) for part in places)
  assert one != other == again
  # A part of a part is a part of the whole.
  assert data.digest(stream.select(np.arange(10)).select(np.arange(5))) == one
