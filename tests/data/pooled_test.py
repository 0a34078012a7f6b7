import numpy as np
import pytest

from noisy_jax import data
from tests import tfds_sets
from tests.streamed_sets import TEST_SIZE, TRAIN_SIZE, in_order, write_folder


def assert_the_rest_stays(pooled, dataset):
  for name in ("test_labels", "num_classes", "class_names", "notes", "labels_trusted"):
    np.testing.assert_array_equal(getattr(pooled, name), getattr(dataset, name))
  assert pooled.image_shape == dataset.image_shape
  expected = [*dataset.train_labels, *dataset.test_labels]
  np.testing.assert_array_equal(pooled.train_labels, expected)
  assert pooled.train_labels.dtype == np.int32


@pytest.mark.parametrize("kind", ["features", "uint8", "float32"])
def test_arrays_are_joined_train_first(kind):
  rng = np.random.default_rng(0)
  shape = (3,) if kind == "features" else (2, 4, 3)
  values = rng.normal(size=(9, *shape)) if kind == "features" else rng.random((9, *shape))
  values = values.astype(np.float32) if kind != "uint8" else np.uint8(255 * values)
  labels, names = rng.integers(0, 3, 9), tuple("abc")
  dataset = data.from_arrays(
    values[:5], labels[:5], values[5:], labels[5:], class_names=names
  )
  dataset = dataset._replace(notes=("a note",), labels_trusted=True)
  pooled = data.check_dataset(data.pooled(dataset))
  assert_the_rest_stays(pooled, dataset)
  np.testing.assert_array_equal(pooled.train_images, values)
  assert pooled.train_images.dtype == values.dtype
  np.testing.assert_array_equal(pooled.test_images, values[5:])


OWN = list("abc"), list("de")
POSITIONS = ["train/0", "train/1", "train/2", "test/0", "test/1"]


@pytest.mark.parametrize(
  "train_ids, test_ids, expected",
  [
    (*OWN, [*OWN[0], *OWN[1]]),
    (None, None, POSITIONS),
    (OWN[0], None, POSITIONS),
    (None, OWN[1], POSITIONS),
    (OWN[0], ["x", "a"], POSITIONS),
    (["a", "a", "b"], OWN[1], POSITIONS),
    (["a", "b", "c"], ["long id", "e"], ["a", "b", "c", "long id", "e"]),
  ],
)
def test_ids_are_the_sets_own_or_name_split_and_position(train_ids, test_ids, expected):
  values = np.eye(5)
  dataset = data.from_arrays(
    values[:3], [0, 1, 0], values[3:], [1, 0], train_ids=train_ids, test_ids=test_ids
  )
  pooled = data.pooled(dataset)
  assert pooled.train_ids.tolist() == expected
  if test_ids is None:
    assert pooled.test_ids is None
  else:
    assert list(pooled.test_ids) == test_ids


def test_nothing_is_said_to_be_held_out(tmp_path):
  images, labels = np.zeros((40, 2, 2, 1)), np.arange(40) % 2
  np.savez(tmp_path / "a.npz", train_images=np.uint8(images), train_labels=labels)
  dataset = data.load(f"npz:{tmp_path}/a.npz")
  assert dataset.notes == ("no test arrays: a tenth of each class is the test split",)
  dataset = dataset._replace(notes=(*dataset.notes, "another note"))
  assert data.pooled(dataset).notes == ("another note",)


def test_features_in_a_file_are_copied(tmp_path):
  rng = np.random.default_rng(0)
  for split, size in (("train", 7), ("test", 3)):
    np.save(tmp_path / f"{split}_features", rng.normal(size=(size, 2)).astype(np.float32))
    np.save(tmp_path / f"{split}_labels", np.arange(size) % 2)
  dataset = data.from_npy(tmp_path)
  pooled = data.pooled(dataset)
  np.testing.assert_array_equal(pooled.train_images[:7], dataset.train_images)
  np.testing.assert_array_equal(pooled.train_images[7:], dataset.test_images)
  assert type(pooled.train_images) is np.ndarray


def test_images_of_two_scales_are_refused():
  images = np.zeros((2, 2, 2, 3))
  dataset = data.from_arrays(np.uint8(images), [0, 1], np.float32(images), [0, 1])
  with pytest.raises(ValueError, match=r"^test_images: float32, must be uint8 as train_im"):
    data.pooled(dataset)


def test_streams_are_joined_train_first(tmp_path):
  folder = write_folder(tmp_path)
  dataset, size = data.open_stream(f"folder:{folder}"), TRAIN_SIZE + TEST_SIZE
  pooled = data.pooled(dataset)
  assert_the_rest_stays(pooled, dataset)
  assert len(pooled.train) == size
  images = np.concatenate([in_order(dataset.train), in_order(dataset.test)])
  np.testing.assert_array_equal(in_order(pooled.train), images)
  np.testing.assert_array_equal(in_order(pooled.test), images[TRAIN_SIZE:])
  ids = data.pooled(data.load(f"folder:{folder}", image_size=4)).train_ids
  assert pooled.train.ids() == tuple(ids) == (*dataset.train.ids(), *dataset.test.ids())
  batches = list(pooled.train.train_batches(4, seed=0, epoch=1))
  seen = np.concatenate([batch.indices for batch in batches])
  assert len(set(seen.tolist())) == size // 4 * 4
  # A part of it, as a validation split is, knows the same images.
  chosen = np.array([20, 3, 15])
  part = pooled.train.select(chosen)
  np.testing.assert_array_equal(in_order(part), images[chosen])
  assert part.ids() == tuple(np.array(pooled.train.ids())[chosen])


def test_contents_tell_pooled_streams_apart(tmp_path):
  folder = write_folder(tmp_path)
  dataset = data.open_stream(f"folder:{folder}")
  pooled = data.pooled(dataset)
  swapped = dataset._replace(train=dataset.test, test=dataset.train)
  kept = dataset._replace(train=dataset.train.select(np.arange(1, TRAIN_SIZE)))
  others = dataset._replace(train=dataset.train.select(np.arange(TRAIN_SIZE - 1)))
  streams = [
    dataset.train,
    pooled.train,
    data.pooled(swapped).train,
    data.pooled(kept).train,
    data.pooled(others).train,
    pooled.train.select(np.arange(9)),
    data.pooled(others).train.select(np.arange(TRAIN_SIZE)),
    data.pooled(kept).train.select(np.arange(TRAIN_SIZE)),
  ]
  digests = [data.digest(stream) for stream in streams]
  assert len(set(digests)) == len(streams)
  assert [data.digest(stream) for stream in streams] == digests
  again = data.pooled(data.open_stream(f"folder:{folder}"))
  assert data.digest(again.train) == digests[1]


def test_bad_images_stay_out_and_are_named(tmp_path):
  folder = write_folder(tmp_path)
  bad = folder / "test" / "class_3" / "03.png"
  bad.write_bytes(b"")
  skipped = data.pooled(data.open_stream(f"folder:{folder}", on_bad_image="skip"))
  assert len(skipped.train) == TRAIN_SIZE + TEST_SIZE - 1
  assert "test/class_3/03.png" not in skipped.train.ids()
  assert skipped.notes == ("left out 1 unreadable images: test/class_3/03.png",)
  pooled = data.pooled(data.open_stream(f"folder:{folder}"))
  with pytest.raises(OSError, match=rf"^dataset: {bad} cannot be read as an image"):
    in_order(pooled.train)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", ["plain", "grey"])
def test_records_get_the_ids_that_they_get_in_memory(tmp_path, form):
  name = f"{tfds_sets.TinyTrees.name}/{form}"
  in_memory = data.pooled(data.load(name, tmp_path, download=True))
  streamed = data.pooled(data.open_stream(name, tmp_path))
  assert streamed.train.ids() == tuple(in_memory.train_ids)
  # Grey ones have no ids; their positions in both splits are the same.
  assert (in_memory.train_ids[0] == "train/0") == (form == "grey")
  np.testing.assert_array_equal(streamed.train_labels, in_memory.train_labels)
