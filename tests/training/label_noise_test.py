"""The noise that a config names: what is made of it, recorded of it and measured by it."""

import dataclasses
import json

import jax
import numpy as np
import pytest

from noisy_jax import data, noise, runs, training
from noisy_jax.runs import content, records
from noisy_jax.training import replicas
from noisy_jax.training.batch import standardize
from tests import tfds_sets

SMALL = training.TrainConfig(dataset="digits10", widths=(16,), epochs=1, batch_size=64)


def a_set(num_classes, size, *, seed=0):
  """Random images of balanced classes, in no order, with ids."""
  rng = np.random.default_rng(seed)
  images = rng.integers(0, 256, (size, 4, 4, 3), np.uint8)
  labels = rng.permutation(np.arange(size, dtype=np.int32) % num_classes)
  ids = np.array([f"image {i}" for i in range(size)])
  return data.Dataset(
    images,
    labels,
    images[:50],
    labels[:50],
    num_classes,
    train_ids=ids,
    test_ids=ids[:50],
    labels_trusted=True,
  )


def prepare(dataset, kind, rate=0.4, /, **changes):
  settings = dict(noise=kind, noise_rate=rate) | changes
  config = dataclasses.replace(SMALL, **settings)
  return runs.prepare(config, dataset=dataset)


def write_npz(path, dataset):
  names = ("train_images", "train_labels", "test_images", "test_labels")
  np.savez(path, **{name: getattr(dataset, name) for name in names})
  return f"npz:{path}"


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
  labels = prepare(
    dataset, kind, dataset=dataset_name, noise_sampling=sampling
  ).train_labels
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
  "dataset_name, kind, num_classes, is_exact",
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
def test_published_sampling_counts_exactly_but_for_two_maps(
  dataset_name, kind, num_classes, is_exact
):
  labels = prepare(a_set(num_classes, 10_000), kind, dataset=dataset_name).train_labels
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
  with pytest.raises(ValueError, match=f"noise: {kind}: path: .* clean labels to tell"):
    prepare(shuffled, kind, 0.0, dataset="mnist")


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


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"noise": "humann"}, "noise: unknown 'humann'; known: symmetric, symmetric_includi"),
    ({"noise": "human"}, "noise: unknown 'human'; known: .*, human:KIND, open_set:DATAS"),
    ({"noise": "matrix:"}, "noise: unknown 'matrix:'; known: .* matrix:FILE"),
    ({"noise": "asymmetric:"}, "noise: unknown 'asymmetric:'; known: .* asymmetric:MAP"),
    ({"noise": "pairflip:2"}, "noise: unknown 'pairflip:2'; known: "),
    (
      {"noise_sampling": "some"},
      "noise_sampling: 'some', must be one of published, exact, exact_pairs, iid",
    ),
    (
      {"noise": "matrix:a.npy", "noise_rate": 0.2},
      "noise_rate: 0.2, must be left out with noise matrix:a.npy",
    ),
    (
      {"noise": "human:worse", "dataset": "cifar10", "noise_rate": 0.2},
      "noise_rate: 0.2, must be left out with noise human:worse",
    ),
    (
      {"noise": "instance", "noise_sampling": "iid"},
      "noise_sampling: iid, must be left out with noise instance",
    ),
    ({"noise": "instance:grey"}, "noise: unknown pixels 'grey'; known: standardized, raw,"),
    ({"noise": "file:"}, "noise: unknown 'file:'; known: .* file:PATH"),
    (
      {"noise": "file:a.txt"},
      "noise: file:a.txt: path: a.txt, must end in one of .npy, .c",
    ),
    (
      {"noise": "file:a.npy", "noise_rate": 0.2},
      "noise_rate: 0.2, must be left out with noise file:a.npy",
    ),
    (
      {"noise": "file:a.npy", "noise_sampling": "iid"},
      "noise_sampling: iid, must be left out with noise file:a.npy",
    ),
    (
      {"noise": "open_set:2", "noise_sampling": "iid"},
      "noise_sampling: iid, must be left out with noise open_set:2",
    ),
    (
      {"noise": "asymmetric"},
      "noise: digits10 has no map; choose asymmetric:MAP with one of mnist, .* or pairflip",
    ),
    ({"noise": "asymmetric:dogs"}, "noise: unknown map 'dogs'; known: mnist, "),
    ({"noise": "human:best"}, "noise: unknown 'human:best'; known: human:worse, human:a"),
    ({"noise": "human:worse"}, "noise: human:worse has labels for cifar10 only, and the"),
    ({"noise": "open_set:cifar11"}, "noise: open_set:cifar11: dataset: unknown 'cifar11'"),
    ({"noise": "open_set:digits10"}, "noise: open_set:digits10, must be another data set"),
  ],
)
def test_noise_that_cannot_be_is_refused_by_its_name(changes, message):
  with pytest.raises(ValueError, match=message):
    dataclasses.replace(SMALL, **changes)


@pytest.mark.parametrize(
  "kind, message",
  [
    (
      "asymmetric:cifar100_block5",
      "noise: asymmetric:cifar100_block5, must map the 10 classes of digits10; it maps 100",
    ),
    ("open_set:0", "noise: open_set:0: count: 0, must be a number of classes from 1 to 8"),
    ("open_set:9", "noise: open_set:9: count: 9, must be a number of classes from 1 to 8"),
    ("open_set:digits20", "noise: open_set:digits20: others: float32.*, must be uint8 im"),
    ("open_set:npz:no.npz", "noise: open_set:npz:no.npz: dataset: npz:no.npz, there is n"),
    ("matrix:no.npy", "noise: matrix:no.npy: No such file or directory"),
    ("file:no.npy", "noise: file:no.npy: No such file or directory"),
    ("file:two.csv", r"noise: file:two.csv: path: two.csv, must hold labels \(several col"),
    ("file:words.csv", "noise: file:words.csv: path: words.csv does not say which labels"),
    ("matrix:no.txt", "noise: matrix:no.txt: path: no.txt, must end in .npy or .csv"),
    ("matrix:two.csv", r"noise: matrix:two.csv: matrix: .*, must be float\[10, 10\]"),
    ("matrix:words.csv", "noise: matrix:words.csv: path: words.csv, must hold a table"),
  ],
)
def test_noise_that_does_not_fit_is_refused(kind, message, tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  np.savetxt("two.csv", np.eye(2), delimiter=",")
  (tmp_path / "words.csv").write_text("ash,beech\n")
  rate = 0.0 if kind.startswith(("matrix", "file")) else 0.2
  with pytest.raises((ValueError, OSError), match=message) as raised:
    prepare(a_set(10, 100), kind, rate)
  assert "\n" not in str(raised.value)


def test_without_ids_there_are_no_human_labels():
  dataset = a_set(10, 100)._replace(train_ids=None)
  with pytest.raises(
    ValueError, match="ids: none, must be the TFDS ids of cifar10 for hum"
  ):
    prepare(dataset, "human:aggre", 0.0, dataset="cifar10")


def small_digits(size=1000):
  """digits10 in bytes."""
  dataset = data.digits(10, train_size=size, test_size=100)
  return dataset._replace(
    train_images=np.uint8(255 * dataset.train_images),
    test_images=np.uint8(255 * dataset.test_images),
  )


def predictions(setup, variables):
  """Likeliest classes and their probabilities, from float64 logits of the MLP itself."""
  mean, std = data.channel_statistics(setup.dataset.train_images)
  inputs = np.asarray(standardize(setup.dataset.train_images, mean, std), np.float64)
  inputs = inputs.reshape(len(inputs), -1)
  layers = [variables["params"][name] for name in sorted(variables["params"])]
  for layer in layers[:-1]:
    inputs = np.maximum(inputs @ np.float64(layer["kernel"]) + layer["bias"], 0)
  logits = inputs @ np.float64(layers[-1]["kernel"]) + layers[-1]["bias"]
  weights = np.exp(logits - logits.max(axis=1, keepdims=True))
  return logits.argmax(1), weights.max(1) / weights.sum(1)


def last_of(setup, seeds=None):
  *_, last = training.train(setup, seeds=seeds)
  return last.results, replicas.unstack(last.state.variables)


def test_memorised_and_corrected_are_shares_of_the_wrong_labels():
  # 1000 is no multiple of 64: the last batch of the measurement is filled up.
  setup = prepare(small_digits(), "symmetric", 0.5, epochs=8)
  results, variables = last_of(setup, seeds=(0, 1))
  noisy, clean = setup.train_labels.noisy, setup.train_labels.clean
  wrong = noisy != clean
  for seed, result in enumerate(results):
    own = jax.tree.map(lambda leaf, seed=seed: leaf[seed], variables)
    predicted, _ = predictions(setup, own)
    memorised = (predicted[wrong] == noisy[wrong]).mean()
    corrected = (predicted[wrong] == clean[wrong]).mean()
    # One label may lie on the border between two classes.
    assert result.memorised == pytest.approx(memorised, abs=1.1 / wrong.sum())
    assert result.corrected == pytest.approx(corrected, abs=1.1 / wrong.sum())
    assert min(memorised, corrected) > 0.05
    assert result.foreign_auroc is None


def test_clean_labels_have_nothing_to_memorise():
  (result,), _ = last_of(prepare(small_digits(), "symmetric", 0.0))
  assert (result.memorised, result.corrected, result.foreign_auroc) == (None, None, None)


def test_foreign_images_are_found_by_their_confidence(tmp_path):
  foreign = a_set(2, 300, seed=2)
  noise_images = np.random.default_rng(3).integers(0, 256, (300, 8, 24, 1), np.uint8)
  foreign = foreign._replace(train_images=noise_images, test_images=noise_images[:50])
  kind = f"open_set:{write_npz(tmp_path / 'noise.npz', foreign)}"
  setup = prepare(small_digits(4000), kind, 0.3, epochs=6, widths=(64,))
  (result,), variables = last_of(setup)
  _, confidences = predictions(setup, jax.tree.map(lambda leaf: leaf[0], variables))
  own, others = confidences[~setup.foreign], confidences[setup.foreign]
  # The share of pairs in the right order, as one counts it by hand.
  above = (own[:, None] > others).mean() + (own[:, None] == others).mean() / 2
  assert result.foreign_auroc == pytest.approx(above, abs=1e-4)
  assert result.foreign_auroc > 0.7
