import re

import numpy as np
import pytest

from noisy_jax import data
from noisy_jax.data.stream_sources import FolderSource
from tests.data import image_folders

RNG = np.random.default_rng(0)


def a_set(**changes):
  images = RNG.integers(256, size=(9, 2, 2, 1), dtype=np.uint8)
  labels = np.arange(9, dtype=np.int32) % 3
  dataset = data.from_arrays(images, labels, images[:4], labels[:4])
  return dataset._replace(labels_trusted=True, **changes)


def named(**changes):
  ids = np.array([f"n{i}" for i in range(13)])
  names = ("cat", "dog", "elk")
  return a_set(class_names=names, train_ids=ids[:9], test_ids=ids[9:], **changes)


@pytest.fixture
def corrected(tmp_path):
  def of(dataset, *rows, heading="id,label"):
    file = tmp_path / "labels.csv"
    file.write_text("\n".join([heading, *rows]) + "\n")
    return data.correct_labels(dataset, file)

  return of


def test_it_changes_labels_and_leaves_out_in_both_splits(corrected):
  dataset = named()
  found = corrected(dataset, "n0,dog", "n12,elk", "n4,", "n10,", "n5,elk")
  assert found.train_ids.tolist() == [f"n{i}" for i in (0, 1, 2, 3, 5, 6, 7, 8)]
  assert found.train_labels.tolist() == [1, 1, 2, 0, 2, 0, 1, 2]
  assert found.test_labels.tolist() == [0, 2, 2]
  np.testing.assert_array_equal(found.train_images, np.delete(dataset.train_images, 4, 0))
  np.testing.assert_array_equal(found.test_images, dataset.test_images[[0, 2, 3]])
  assert found.train_labels.dtype == np.int32
  assert not found.labels_trusted
  assert found.notes[0].endswith("labels.csv: 2 changed, 2 left out")
  assert dataset.train_labels.tolist() == [0, 1, 2] * 3


def test_an_empty_file_and_the_labels_of_the_set_change_nothing(corrected):
  for dataset in (a_set(), named()):
    names = dataset.class_names or "012"
    rows = [
      f"{id_},{names[k]}"
      for split, ids in data.example_ids(dataset).items()
      for id_, k in zip(ids, getattr(dataset, f"{split}_labels"), strict=True)
    ]
    for found in (corrected(dataset), corrected(dataset, *rows)):
      assert data.content(found) == data.content(dataset)
      assert found.labels_trusted
      assert found.train_ids is dataset.train_ids
  assert data.correct_labels(dataset, None) is dataset


def test_there_and_back_is_the_identity(corrected):
  dataset = named()
  names = np.array(dataset.class_names)
  order, other = RNG.permutation(9), RNG.integers(3, size=9)
  there = corrected(dataset, *(f"n{i},{names[other[i]]}" for i in order))
  np.testing.assert_array_equal(there.train_labels, other)
  back = corrected(there, *(f"n{i},{names[dataset.train_labels[i]]}" for i in order))
  assert data.content(back) == data.content(dataset)
  assert not back.labels_trusted


def test_labels_left_after_others_are_left_out_count_as_before(corrected):
  assert corrected(named(), "n0,").labels_trusted


def test_a_set_without_ids_has_positions_and_remembers_them(corrected):
  found = corrected(a_set(), "train/3,", "test/0,2", "train/8,1")
  assert found.train_ids.tolist() == list("01245678")
  assert found.train_labels.tolist() == [0, 1, 2, 1, 2, 0, 1, 1]
  assert found.test_ids is None
  assert found.test_labels.tolist() == [2, 1, 2, 0]


@pytest.mark.parametrize(
  "ids",
  [
    {"test_ids": np.array(["n3", "a", "b", "c"])},
    {"train_ids": np.array(["n0"] * 9)},
    {"test_ids": None},
  ],
)
def test_ids_that_do_not_tell_all_examples_apart_give_way_to_positions(ids, corrected):
  dataset = named()._replace(**ids)
  assert corrected(dataset, "test/0,elk").test_labels.tolist() == [2, 1, 2, 0]
  with pytest.raises(ValueError, match="line 2: id 'n3', must be that of an example, such"):
    corrected(dataset, "n3,elk")


def test_examples_are_named_as_in_the_pooled_set(tmp_path):
  image_folders.make(tmp_path / "set")
  for dataset in (named(), a_set(), data.open_stream(f"folder:{tmp_path}/set")):
    ids, pooled = data.example_ids(dataset), data.pooled(dataset)
    expected = pooled.train.ids() if dataset.is_streamed else pooled.train_ids
    assert [*ids["train"], *ids["test"]] == list(expected)


def test_positions_in_a_part_of_a_stream_are_those_in_the_whole():
  train, test = (
    data.Stream(FolderSource(root, [f"{i}.png" for i in range(n)], np.arange(n) % 2))
    for root, n in (("train", 4), ("test", 3))
  )
  dataset = data.StreamedDataset(
    train.select(np.array([1, 3])), test.select(np.array([1, 2])), 2, ()
  )
  expected = ["train/1", "train/3"], ["test/1", "test/2"]
  assert (*data.example_ids(dataset).values(),) == expected
  assert list(data.pooled(dataset).train.ids()) == [*expected[0], *expected[1]]


def test_a_class_without_training_examples_is_told(corrected):
  found = corrected(named(), "n0,dog", "n3,", "n6,elk")
  assert found.notes[1:] == ("no training example is left of the class 'cat'",)
  assert found.num_classes == 3


@pytest.mark.parametrize(
  "rows, message",
  [
    (["n9,dog", "nine,dog"], "line 3: id 'nine', must be that of an example, such as 'n0'"),
    (["n1,dog", "n2,", "n1,dog"], "line 4: id 'n1' comes a second time, must come once"),
    (["n1,dgo"], "line 2: label 'dgo', must be one of the 3 classes, such as 'dog', or em"),
    (["n1,1"], "line 2: label '1', must be one of the 3 classes, such as '"),
    (["n1"], "line 2 has 1 cells, must have 2"),
    ([f"n{i}," for i in range(9, 13)], " leaves out all 4 test examples, must leave some"),
    ([f"n{i}," for i in range(9)], " leaves out all 9 train examples, must leave some"),
    (['n1,"dog'], ", must be a CSV file (unexpected end of data)"),
  ],
)
def test_bad_rows_are_named(rows, message, corrected):
  with pytest.raises(ValueError, match=f"^labels: .*{re.escape(message)}") as raised:
    corrected(named(), *rows)
  assert "\n" not in str(raised.value)


def test_classes_without_names_go_by_their_numbers(corrected):
  assert corrected(a_set(), "train/0,2").train_labels[0] == 2
  for wrong in ("3", "02", "-1", "cat"):
    with pytest.raises(ValueError, match=f"line 2: label '{wrong}', must be one of the 3"):
      corrected(a_set(), f"train/0,{wrong}")


def test_bad_files_are_named(tmp_path, corrected):
  with pytest.raises(FileNotFoundError, match=r"^labels: .*none.csv, there is no such"):
    data.correct_labels(named(), tmp_path / "none.csv")
  with pytest.raises(OSError, match=r"^labels: .* cannot be read \(Is a directory\)"):
    data.correct_labels(named(), tmp_path)
  message = "has the columns 'id', 'name', must have id, label, each once"
  with pytest.raises(ValueError, match=message):
    corrected(named(), "n1,dog", heading="id,name")
  (tmp_path / "empty.csv").write_text("")
  with pytest.raises(ValueError, match="has the columns none, must have id, label"):
    data.correct_labels(named(), tmp_path / "empty.csv")
  with pytest.raises(ValueError, match=r"'a.npy', must be none or a file that ends"):
    data.parse_labels("a.npy")


def test_a_stream_gets_the_same_labels_as_a_set_in_memory(tmp_path):
  root = image_folders.make(tmp_path / "set", num_classes=3)
  odd = "train/class_001/\udcff.png"
  image_folders.write(root / odd, 7)
  rows = ["train/class_000/1.png,class_002", f"{odd},", "test/class_001/0.png,"]
  rows += ["test/class_002/0.png,class_000", "train/class_002/2.png,class_002"]
  file = tmp_path / "labels.csv"
  file.write_text("\n".join(["id,label", *rows]), errors="surrogateescape")
  in_memory = data.correct_labels(data.load(f"folder:{root}"), file)
  opened = data.open_stream(f"folder:{root}")
  streamed = data.correct_labels(opened, file)
  assert streamed.notes == in_memory.notes
  for split in ("train", "test"):
    stream = streamed.images(split)
    assert stream.ids() == tuple(getattr(in_memory, f"{split}_ids"))
    np.testing.assert_array_equal(
      getattr(streamed, f"{split}_labels"), getattr(in_memory, f"{split}_labels")
    )
  # A part of a relabelled part keeps its labels.
  part = opened.train.select(np.array([4, 2, 0])).relabel(np.array([2, 1, 0], np.int32))
  assert part.select(np.array([2, 0])).labels.tolist() == [0, 2]
  assert opened.train.labels.tolist() == [0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
  assert data.digest(opened.train) != data.digest(streamed.train)
  relabelled = opened.train.relabel(1 + opened.train.labels)
  assert data.digest(relabelled) == data.digest(opened.train)
