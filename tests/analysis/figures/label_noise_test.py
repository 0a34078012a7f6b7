import jax
import numpy as np

from noisy_jax import noise
from noisy_jax.analysis import figures


def texts(axes):
  return [text.get_text() for text in axes.texts]


def parts_of(figure):
  """The axes of the matrix, and those of the examples."""
  (matrix,) = [axes for axes in figure.axes if axes.get_xlabel() == "noisy label"]
  return matrix, [axes for axes in figure.axes if axes.get_xlabel().startswith("→ ")]


def pairs_flipped(num_classes, per_class=10):
  """Labels of which 40 % are the next class, and images whose shade is their index."""
  clean = np.arange(per_class * num_classes, dtype=np.int32) % num_classes
  matrix = noise.pairflip_matrix(num_classes, 0.4)
  labels = noise.from_matrix(clean, matrix, key=jax.random.key(0))
  shades = np.arange(len(clean), dtype=np.float32) / len(clean)
  return labels, np.tile(shades[:, None, None, None], (1, 4, 4, 1))


def test_noise_shows_its_matrix_and_where_labels_went():
  names = ("ash", "$beech$", "a_cedar_of_lebanon")
  labels, images = pairs_flipped(3)
  figure = figures.label_noise(labels, images, class_names=names, title="a $ and a $")
  matrix, examples = parts_of(figure)
  np.testing.assert_array_equal(matrix.get_images()[0].get_array(), labels.matrix)
  shown = ["ash", "$beech$", "a_cedar_of_l…"]
  assert [tick.get_text() for tick in matrix.get_xticklabels()] == shown
  assert [tick.get_text() for tick in matrix.get_yticklabels()] == shown
  assert sorted(texts(matrix)) == 3 * [".40"] + 3 * [".60"]
  assert len(examples) == labels.flipped.sum() == 12
  for axes in examples:
    shade = axes.get_images()[0].get_array()[0, 0]
    index = round(float(shade) * len(images))
    assert axes.get_title() == shown[labels.clean[index]]
    assert axes.get_xlabel() == f"→ {shown[labels.noisy[index]]}"
    assert labels.flipped[index]
  figure.draw_without_rendering()  # a dollar would be read as a formula here


def test_examples_of_wrong_labels_come_from_all_classes():
  labels, images = pairs_flipped(1000, per_class=5)
  matrix, examples = parts_of(figures.label_noise(labels, images))
  shown = [int(axes.get_title()) for axes in examples]
  assert len(shown) == 24
  assert shown == sorted(shown)
  assert max(np.diff([0, *shown, 999])) < 50
  # A cell shows the largest share of 5 x 5: nothing is lost between two pixels.
  cells = np.asarray(matrix.get_images()[0].get_array())
  blocks = labels.matrix.reshape(200, 5, 200, 5)
  np.testing.assert_array_equal(cells, blocks.max((1, 3)))
  assert texts(matrix) == []


def test_foreign_images_and_absent_classes_are_shown_as_such():
  clean = np.array([0, 0, 2, 2], np.int32)
  labels = noise.NoisyLabels(clean.copy(), clean, 3)
  foreign = np.array([False, True, False, True])
  images = np.zeros((4, 5, 5, 3), np.uint8)
  matrix, examples = parts_of(figures.label_noise(labels, images, foreign=foreign))
  assert [axes.get_title() for axes in examples] == ["foreign", "foreign"]
  assert [axes.get_xlabel() for axes in examples] == ["→ 0", "→ 2"]
  drawn = matrix.get_images()[0].get_array()
  np.testing.assert_array_equal(np.ma.getmaskarray(drawn)[:, 0], [False, True, False])
