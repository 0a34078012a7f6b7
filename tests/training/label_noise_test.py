import dataclasses
import json

import jax
import numpy as np
import pytest

from noisy_jax import losses, noise, runs, training
from noisy_jax.runs import content, records
from noisy_jax.training import loop
from noisy_jax.training.batch import standardize
from tests import tfds_sets
from tests.training.noisy_sets import SMALL, a_set, prepare, write_npz


def matrix_with(pairs, num_classes, rate):
  """Class by class as the papers say it."""
  matrix = np.eye(num_classes)
  for source, target in pairs.items():
    matrix[source, [source, target]] = 1 - rate, rate
  return matrix


CIFAR10 = {9: 1, 2: 0, 3: 5, 5: 3, 4: 7}
# Part of the cats that became dogs goes back.
IN_TURN = matrix_with(CIFAR10, 10, 0.4)
IN_TURN[3, [3, 5]] = 0.76, 0.24
MNIST = {7: 1, 2: 7, 5: 6, 6: 5, 3: 8}


@pytest.mark.parametrize(
  "dataset_name, kind, expected",
  [
    ("digits10", "symmetric", np.full((10, 10), 0.4 / 9) + (0.6 - 0.4 / 9) * np.eye(10)),
    ("digits10", "symmetric_including_true", np.full((10, 10), 0.04) + 0.6 * np.eye(10)),
    ("digits10", "pairflip", matrix_with({i: (i + 1) % 10 for i in range(10)}, 10, 0.4)),
    ("digits10", "asymmetric:cifar10", matrix_with(CIFAR10, 10, 0.4)),
    ("cifar10", "asymmetric", matrix_with(CIFAR10, 10, 0.4)),
    ("cifar10", "asymmetric:cifar10_in_turn", IN_TURN),
    ("digits10", "asymmetric:cifar10_in_turn", IN_TURN),
    ("cifar10:3.0.2", "asymmetric", matrix_with(CIFAR10, 10, 0.4)),
    ("cifar10_n", "asymmetric", matrix_with(CIFAR10, 10, 0.4)),
    ("mnist", "asymmetric", matrix_with(MNIST, 10, 0.4)),
    ("fashion_mnist", "asymmetric", matrix_with(MNIST, 10, 0.4)),
  ],
)
@pytest.mark.parametrize("sampling", ["exact", "exact_pairs", "iid"])
def test_labels_follow_the_matrix_of_their_kind(dataset_name, kind, expected, sampling):
  dataset = a_set(10, 10_000)
  changes = dict(dataset=dataset_name, noise_sampling=sampling)
  labels = prepare(dataset, kind, **changes).train_labels
  np.testing.assert_array_equal(labels.clean, dataset.train_labels)
  # Five standard deviations of a share among the 1000 examples of a class.
  std = np.sqrt(expected * (1 - expected) / 1000)
  assert (abs(labels.matrix - expected) <= 5 * std + 1e-3).all()
  assert ((labels.matrix > 0) <= (expected > 0)).all()
  if sampling != "iid" and expected is not IN_TURN:
    np.testing.assert_allclose(np.diag(labels.matrix), np.diag(expected), atol=1.01e-3)
  if sampling == "exact_pairs" and expected is not IN_TURN:
    np.testing.assert_allclose(labels.matrix, expected, atol=1.01e-3)


def test_circles_of_cifar100_are_neighbours_or_superclasses():
  dataset = a_set(100, 20_000)
  blocks = prepare(dataset, "asymmetric", dataset="cifar100").train_labels
  wrong = blocks.flipped
  expected = blocks.clean // 5 * 5 + (blocks.clean + 1) % 5
  np.testing.assert_array_equal(blocks.noisy[wrong], expected[wrong])
  assert 0.38 < blocks.rate < 0.42
  named = prepare(dataset, "asymmetric:cifar100_superclass", dataset="cifar100")
  pairs = noise.CLASS_MAPS["cifar100_superclass"].pairs
  wrong = named.train_labels.flipped
  expected = np.array([pairs[label] for label in dataset.train_labels])
  np.testing.assert_array_equal(named.train_labels.noisy[wrong], expected[wrong])


@pytest.mark.parametrize(
  "name, kind, num_classes, is_exact",
  [
    ("mnist", "asymmetric", 10, False),
    ("fashion_mnist", "asymmetric", 10, False),
    ("cifar100", "asymmetric", 100, False),
    ("digits100", "asymmetric:cifar100_superclass", 100, False),
    ("cifar10", "asymmetric", 10, True),
    ("mnist", "symmetric", 10, True),
    ("cifar100", "symmetric", 100, True),
    ("mnist", "symmetric_including_true", 10, True),
    ("cifar100", "pairflip", 100, True),
  ],
)
def test_published_sampling_is_exact_but_for_two_maps(name, kind, num_classes, is_exact):
  labels = prepare(a_set(num_classes, 10_000), kind, dataset=name).train_labels
  # Of each class that changes at all, as many as the rate says, or a random number.
  flipped = np.bincount(labels.clean, labels.flipped, num_classes)
  flipped = flipped[flipped > 0]
  per_class = 10_000 / num_classes
  rate = 0.36 if kind == "symmetric_including_true" else 0.4
  assert (abs(flipped - rate * per_class).max() < 1) == is_exact


def test_instance_noise_is_that_of_these_images():
  dataset = a_set(10, 500)
  labels = prepare(dataset, "instance", 0.3, noise_seed=4).train_labels
  expected = noise.instance_dependent(
    dataset.train_labels, dataset.train_images, 10, 0.3, key=jax.random.key(4)
  )
  np.testing.assert_array_equal(labels.noisy, expected.noisy)
  assert 0.2 < labels.rate < 0.4
  for pixels in noise.PIXELS:
    named = prepare(dataset, f"instance:{pixels}", 0.3, noise_seed=4).train_labels
    assert (named.noisy == expected.noisy).all() == (pixels == "standardized")


@pytest.mark.parametrize("suffix", ["npy", "csv"])
def test_a_matrix_comes_from_a_file(suffix, tmp_path):
  matrix = np.roll(np.eye(10), 3, axis=1)
  file = tmp_path / f"shift.{suffix}"
  if suffix == "npy":
    np.save(file, matrix)
  else:
    np.savetxt(file, matrix, delimiter=",")
  dataset = a_set(10, 100)
  labels = prepare(dataset, f"matrix:{file}", 0.0).train_labels
  np.testing.assert_array_equal(labels.noisy, (dataset.train_labels + 3) % 10)


def test_labels_of_a_file_are_in_the_order_of_the_images_source(tmp_path):
  dataset = a_set(10, 100)
  noisy = (dataset.train_labels + (np.arange(100) % 4 == 0)) % 10
  path = tmp_path / "labels.npy"
  np.save(path, noisy)
  kind = f"file:{path}"
  found = prepare(dataset, kind, 0.0).train_labels
  np.testing.assert_array_equal(found.noisy, noisy)
  np.testing.assert_array_equal(found.clean, dataset.train_labels)
  # TFDS shuffles CIFAR-10, and says in the ids where an image was.
  places = np.random.default_rng(1).permutation(100)
  shuffled = dataset._replace(
    train_labels=dataset.train_labels[places],
    train_ids=np.array([f"train_{i:05d}" for i in places]),
  )
  found = prepare(shuffled, kind, 0.0, dataset="cifar10").train_labels
  np.testing.assert_array_equal(found.noisy, noisy[places])
  # Of other sets there nobody knows the order.
  with pytest.raises(ValueError, match=f"noise: {kind}: path: .* clean labels that show"):
    prepare(shuffled, kind, 0.0, dataset="mnist")


@pytest.mark.parametrize("setting", ["noise", "example_weights"])
def test_numbers_of_shuffled_records_are_no_ids_for_a_file(tmp_path, setting):
  dataset = a_set(10, 100)._replace(train_ids=None)
  path = tmp_path / "file.csv"
  rows = (f"{i},{label},1\n" for i, label in enumerate(dataset.train_labels))
  path.write_text("id,noisy,weight\n" + "".join(rows))
  changes = {"noise": {"noise": f"file:{path}"}, "example_weights": {setting: str(path)}}
  config = dataclasses.replace(SMALL, noise_rate=0.0, imbalance="exp:2", **changes[setting])
  # In a file of arrays the numbers are the user's own.
  name = write_npz(tmp_path / "set.npz", dataset)
  training.noisy_set(dataclasses.replace(config, dataset=name), dataset=dataset)
  with pytest.raises(ValueError, match="has ids, and the examples have none"):
    training.noisy_set(dataclasses.replace(config, dataset="mnist"), dataset=dataset)


def test_a_column_of_a_file_may_be_named(tmp_path):
  dataset = a_set(10, 100)
  table = np.zeros(100, [("id", "U9"), ("first", int), ("second", int), ("clean", int)])
  order = np.random.default_rng(2).permutation(100)
  table["id"], table["clean"] = dataset.train_ids[order], dataset.train_labels[order]
  table["second"] = order % 10
  np.save(tmp_path / "a::b.npy", table)
  kind = f"file:{tmp_path}/a::b.npy::second"
  found = prepare(dataset, kind, 0.0, dataset="mnist").train_labels
  np.testing.assert_array_equal(found.noisy, np.arange(100) % 10)
  with pytest.raises(ValueError, match="does not say which labels are meant; must be ask"):
    prepare(dataset, f"file:{tmp_path}/a::b.npy::", 0.0)


@pytest.mark.filterwarnings("ignore")
def test_human_labels_are_those_of_the_ids_and_are_recorded(tmp_path):
  tfds_sets.prepare_cifar10_n(tmp_path, 64)
  clean = [i % 10 for i in range(64)]
  tfds_sets.prepare_cifar10(tmp_path, {"train": clean, "test": [1, 2]})
  changes = dict(dataset="cifar10", noise="human:worse", imbalance="exp:2", batch_size=16)
  config = dataclasses.replace(SMALL, **changes)
  setup = runs.prepare(config, data_dir=tmp_path)
  workdir = tmp_path / "run"
  workdir.mkdir()
  records.begin(workdir, setup, content.of_setup(setup))
  labels = np.load(workdir / "labels.npz")
  assert set(labels) == {"noisy", "clean", "ids"}
  numbers = [int(id_.removeprefix("train_")) for id_ in labels["ids"]]
  assert len(set(numbers)) == len(numbers) < 64
  np.testing.assert_array_equal(labels["clean"], [clean[number] for number in numbers])
  expected = [tfds_sets.human_label("worse_label", number) for number in numbers]
  np.testing.assert_array_equal(labels["noisy"], expected)


@pytest.mark.filterwarnings("ignore")
def test_votes_are_trained_on_and_the_majority_is_measured(tmp_path):
  tfds_sets.prepare_cifar10_n(tmp_path, 64)
  clean = [i % 10 for i in range(64)]
  tfds_sets.prepare_cifar10(tmp_path, {"train": clean, "test": [1, 2]})
  changes = dict(dataset="cifar10", noise="human:votes", batch_size=64, loss="mae")
  config = dataclasses.replace(SMALL, noise_rate=0.0, **changes)
  setup = runs.prepare(config, data_dir=tmp_path)
  numbers = [int(id_.removeprefix("train_")) for id_ in setup.dataset.train_ids]
  votes = [
    [tfds_sets.human_label(f"random_label{i}", number) for i in (1, 2, 3)]
    for number in numbers
  ]
  majority = [tfds_sets.human_label("aggre_label", number) for number in numbers]
  np.testing.assert_array_equal(setup.train_labels.votes, votes)
  np.testing.assert_array_equal(setup.train_labels.noisy, majority)
  rate = np.mean(majority != setup.dataset.train_labels)
  assert setup.labels_in_words == f"3 labels each, {rate:.1%} wrong majorities"
  first, *_, last = training.train(setup)
  # One step of the whole set, from the initial weights.
  state = loop.initial_state(setup, (0,))
  params = jax.tree.map(lambda leaf: leaf[0], state.params)
  images = standardize(setup.dataset.train_images, setup.mean, setup.std)
  logits = setup.model.apply({"params": params}, images)
  expected = np.mean([losses.mae(logits, np.array(votes)[:, i]).mean() for i in range(3)])
  np.testing.assert_allclose(first.totals.loss[0, 0] / 64, expected, rtol=1e-5)
  likeliest = np.asarray(logits).argmax(-1)[:, None]
  assert last.results[0].train_accuracy == pytest.approx((votes == likeliest).mean())
  with pytest.raises(ValueError, match=r"^noise: human:votes, must leave each image one l"):
    dataclasses.replace(config, method="elr")


def test_held_out_classes_become_the_foreign_images(tmp_path):
  dataset = a_set(10, 400)
  setup = prepare(dataset, "open_set:3", 0.25)
  number_of = {image.tobytes(): i for i, image in enumerate(dataset.train_images)}
  sources = np.array([number_of[image.tobytes()] for image in setup.dataset.train_images])
  assert setup.dataset.num_classes == setup.train_labels.num_classes == 7
  np.testing.assert_array_equal(setup.foreign, dataset.train_labels[sources] >= 7)
  assert setup.foreign.sum() == 70
  # Labels and ids are those of the images that were there before.
  kept = dataset.train_labels < 7
  np.testing.assert_array_equal(setup.train_labels.noisy, dataset.train_labels[kept])
  np.testing.assert_array_equal(setup.dataset.train_ids, dataset.train_ids[kept])
  assert setup.train_labels.rate == 0
  np.testing.assert_array_equal(
    setup.dataset.test_labels, dataset.test_labels[dataset.test_labels < 7]
  )
  summary = runs.run(setup, tmp_path)
  labels = np.load(tmp_path / "labels.npz")
  assert set(labels) == {"noisy", "clean", "foreign", "ids"}
  np.testing.assert_array_equal(labels["foreign"], setup.foreign)
  np.testing.assert_array_equal(labels["ids"], setup.dataset.train_ids)
  assert summary == json.loads((tmp_path / "summary.json").read_text())
  assert summary["foreign_rate"] == 0.25
  assert summary["realised_noise_rate"] == 0
  assert summary["memorised"] is None
  assert 0 <= summary["foreign_auroc"] <= 1


def test_foreign_images_come_from_another_set(tmp_path):
  dataset, foreign = a_set(10, 200), a_set(4, 30, seed=1)
  setup = prepare(dataset, f"open_set:{write_npz(tmp_path / 'others.npz', foreign)}", 0.2)
  assert setup.dataset.num_classes == 10
  assert setup.foreign.sum() == 40
  others = {image.tobytes() for image in foreign.train_images}
  are_others = [image.tobytes() in others for image in setup.dataset.train_images]
  np.testing.assert_array_equal(setup.foreign, are_others)
  np.testing.assert_array_equal(
    setup.dataset.train_images[~setup.foreign], dataset.train_images[~setup.foreign]
  )


def test_foreign_images_are_scaled_as_those_of_the_set(tmp_path):
  for split in ("train", "test"):
    for c in range(2):
      place = tmp_path / "others" / split / f"class {c}"
      place.mkdir(parents=True)
      (place / "0.png").write_bytes(tfds_sets.encoded(200, height=9, width=5))
  kind = f"open_set:folder:{tmp_path}/others"
  setup = prepare(a_set(10, 200), kind, 0.2, dataset="cifar10", image_size=4)
  assert (setup.dataset.train_images[setup.foreign] == 200).all()


@pytest.mark.parametrize(
  "kind", ["symmetric", "pairflip", "asymmetric:mnist", "instance", "open_set:2"]
)
def test_noise_has_a_seed_apart_from_that_of_training(kind):
  def wrong(**seeds):
    noisy = training.noisy_set(
      dataclasses.replace(SMALL, noise=kind, noise_rate=0.3, **seeds),
      dataset=a_set(10, 200),
    )
    return noisy.labels.flipped if noisy.foreign is None else noisy.foreign

  np.testing.assert_array_equal(wrong(seed=1), wrong(seed=0))
  assert (wrong(noise_seed=1) != wrong(noise_seed=0)).any()
