import numpy as np
import pytest

from noisy_jax import data
from tests import tfds_sets

pytestmark = pytest.mark.filterwarnings("ignore")

SIZE = 50


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
  path = tmp_path_factory.mktemp("sets")
  tfds_sets.prepare_cifar10_n(path, SIZE)
  return path


@pytest.mark.parametrize(
  "kind, feature",
  [
    ("worse", "worse_label"), ("aggre", "aggre_label"), ("random1", "random_label1"),
    ("random2", "random_label2"), ("random3", "random_label3"),
  ],
)  # fmt: skip
def test_labels_follow_ids_in_any_order(data_dir, kind, feature):
  order = np.random.default_rng(0).permutation(SIZE)[:30]
  ids = np.array([f"train_{i:05d}" for i in order])
  labels = data.human_labels(f"human:{kind}", "cifar10", ids, data_dir)
  assert labels.dtype == np.int32
  expected = [tfds_sets.human_label(feature, i) for i in order]
  np.testing.assert_array_equal(labels, expected)


def test_votes_are_the_labels_of_all_three(data_dir):
  ids = np.array(["train_00007", "train_00002"])
  votes = data.human_labels("human:votes", "cifar10", ids, data_dir)
  features = [f"random_label{i}" for i in (1, 2, 3)]
  expected = [[tfds_sets.human_label(name, i) for name in features] for i in (7, 2)]
  np.testing.assert_array_equal(votes, expected)
  assert votes.dtype == np.int32


def test_ids_of_a_read_set_find_their_labels(data_dir):
  tfds_sets.prepare_cifar10(data_dir, {"train": [i % 10 for i in range(SIZE)], "test": [1]})
  dataset = data.load("cifar10", data_dir)
  labels = data.human_labels("human:worse", "cifar10", dataset.train_ids, data_dir)
  # Here 7 times the number in the id, whose last digit is the clean label.
  np.testing.assert_array_equal(labels, 7 * dataset.train_labels % 10)


@pytest.mark.parametrize(
  "kind, dataset_name, ids, message",
  [
    ("human:best", "cifar10", ["train_00000"], "noise: unknown 'human:best'; known: hum"),
    ("human:worse", "cifar100", ["train_00000"], "labels for cifar10 only, .* cifar100"),
    ("human:noisy", "cifar10", ["train_00000"], "labels for cifar100 only, and .* cifar10"),
    ("human:worse", "cifar10", None, "ids: none, must be the TFDS ids of cifar10"),
    (
      "human:worse", "cifar10", ["train_00000", "test_1", "test_2"],
      "ids: 'test_1' has no label in cifar10_n, nor have 1 others of 3",
    ),
  ],
)  # fmt: skip
def test_what_has_no_label_is_named(data_dir, kind, dataset_name, ids, message):
  with pytest.raises(ValueError, match=message):
    data.human_labels(kind, dataset_name, ids, data_dir)


def test_unprepared_labels_say_what_to_run_and_to_fetch(tmp_path):
  with pytest.raises(FileNotFoundError) as raised:
    data.human_labels("human:noisy", "cifar100", ["train_00000"], tmp_path)
  assert "tfds build cifar100_n --file_format=array_record" in str(raised.value)
  assert "--manual_dir=FILES" in str(raised.value)
  assert "\n" not in str(raised.value)
