import numpy as np

from noisy_jax import data, training
from noisy_jax.audit.copies import copies
from tests.audit import dirty_folders


def test_copies_are_all_pairs_of_equal_images_with_other_labels():
  rng = np.random.default_rng(0)
  images = rng.integers(0, 3, (60, 2, 1, 1)).astype(np.uint8)
  labels = rng.integers(0, 3, 60)
  expected = {
    one: others
    for one in range(60)
    if (
      others := tuple(
        other
        for other in range(60)
        if (images[one] == images[other]).all() and labels[one] != labels[other]
      )
    )
  }
  assert len(expected) > 30
  found = copies(images, labels)
  assert found == expected
  assert list(found) == sorted(found)


def test_views_and_nothing_but_copies_with_the_same_label():
  images = np.zeros((4, 3, 2, 1), np.float32)
  images[1, 0, 1] = 1
  images[2, 1, 0] = 1
  turned = images[:, ::-1].transpose(0, 2, 1, 3)
  assert copies(turned, np.array([0, 0, 1, 2])) == {0: (3,), 3: (0,)}
  assert copies(images[[0, 0]], np.array([1, 1])) == {}


def test_a_stream_compares_its_files(tmp_path):
  images, labels = dirty_folders.make_arrays(12, seed=0)
  images[9], images[10] = images[2], images[4]
  dirty_folders.write(tmp_path / "photos", images, labels)
  config = training.TrainConfig(dataset=f"folder:{tmp_path}/photos", max_memory_gb=0)
  stream = data.pooled(training.open_dataset(config)).images("train")
  ids = stream.ids()
  found = copies(stream, stream.labels)
  paths = {ids[one]: [ids[other] for other in others] for one, others in found.items()}
  # The other two have the same label.
  assert paths == {"cat/002.png": ["doe/009.png"], "doe/009.png": ["cat/002.png"]}
