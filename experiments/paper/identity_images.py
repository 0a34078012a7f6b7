"""Features of images of people as a face network gives them, some with wrong labels."""

from typing import NamedTuple

import jax
import numpy as np

from noisy_jax import noise

DIM = 64
# Of each person; of a stranger there is one.
IMAGES = 9
WRONG = 0.3


class Images(NamedTuple):
  """Features of images of people.

  Attributes:
    features: as from `features_of`, float32[n, DIM].
    labels: the classes to learn, int32[n].
    people: the classes of those shown, -1 for a stranger, int32[n].
  """

  features: np.ndarray
  labels: np.ndarray
  people: np.ndarray


def centres_of(count: int, rng: np.random.Generator) -> np.ndarray:
  """The centres of people: unit vectors in all directions, float32[count, DIM]."""
  return _with_length(rng.standard_normal((count, DIM), np.float32), 1)


def features_of(centres: np.ndarray, rng: np.random.Generator) -> np.ndarray:
  """The features of one image of each person, of the length sqrt(DIM).

  The direction is that of the centre with a random vector, of about the length 1, added:
  two images of a person have a cosine of about 1/2.
  """
  spread = rng.standard_normal(centres.shape, np.float32) / np.float32(DIM**0.5)
  return _with_length(centres + spread, DIM**0.5)


def _with_length(vectors, length):
  vectors *= np.float32(length) / np.linalg.norm(vectors, axis=1, keepdims=True)
  return vectors


def training_images(centres: np.ndarray, *, seed: int = 0) -> Images:
  """`IMAGES` of each person, of which a share has wrong labels, and one of each stranger.

  There are as many strangers as people; their labels are random.
  """
  num_classes, rng = len(centres), np.random.default_rng(seed)
  known = np.repeat(np.arange(num_classes, dtype=np.int32), IMAGES)
  labels = noise.symmetric(known, num_classes, WRONG, key=jax.random.key(seed)).noisy
  strangers = centres_of(num_classes, rng)
  shown = np.concatenate([centres[known], strangers])
  of_strangers = rng.integers(num_classes, size=num_classes, dtype=np.int32)
  return Images(
    features_of(shown, rng),
    np.concatenate([labels, of_strangers]),
    np.concatenate([known, np.full(num_classes, -1, np.int32)]),
  )


def right_labels(images: Images) -> Images:
  """The images of known people, with their right labels."""
  is_known = images.people >= 0
  people = images.people[is_known]
  return Images(images.features[is_known], people, people)
