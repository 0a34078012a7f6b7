"""digitsK: numbers written in three real digit scans, for up to 1000 classes.

An image shows three scans side by side, which spell a number from 000 to 999; its label is
that number mod K. The images are the same for every K that divides 1000, so that only the
number of classes changes.

The 1,797 scans of 8x8 pixels are in digits.csv.gz beside this file: a copy of the file in
scikit-learn, 58 kB in place of a package of 50 MB.

Source: the test set of Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI
Machine Learning Repository, 1998 (CC BY 4.0).
"""

import gzip
import pathlib

import numpy as np

from noisy_jax.data.dataset import Dataset


def digits(
  num_classes: int,
  *,
  train_size: int = 40_000,
  test_size: int = 5_000,
  seed: int = 0,
) -> Dataset:
  """Three-digit numbers as images, labelled by the number mod K.

  Numbers come from 0 ... m K - 1, where m K is the largest multiple of K up to 1000; their
  counts differ by at most one. Four fifths of the scans of each digit make the training
  images, the others the test images.

  Args:
    num_classes: K, in [2, 1000].
    train_size: number of training images.
    test_size: number of test images.
    seed: seed of the choice of scans and numbers; the same seed gives the same data.

  Returns:
    `Dataset` with float32 images [n, 8, 24, 1] in [0, 1].

  Raises:
    ValueError: if K is outside [2, 1000], or a set would be empty.

  Example:
    >>> dataset = digits(10, train_size=100, test_size=20)
    >>> dataset.train_images.shape, dataset.class_names[:3]
    ((100, 8, 24, 1), ('0', '1', '2'))
  """
  if not 2 <= num_classes <= 1000:
    raise ValueError(f"dataset: digits{num_classes}, must be digits2 ... digits1000")
  for name, size in (("train_size", train_size), ("test_size", test_size)):
    if size < 1:
      raise ValueError(f"{name}: {size}, must be at least 1")
  scans, digit_of = _read_scans()
  pixels = (scans / 16).astype(np.float32)
  # Separate generators: the test set does not depend on the size of the training set.
  split_rng, train_rng, test_rng = np.random.default_rng(seed).spawn(3)
  train_pool, test_pool = _split_scans(digit_of, split_rng)
  train_images, train_numbers = _write(
    num_classes, train_size, pixels, train_pool, train_rng
  )
  test_images, test_numbers = _write(num_classes, test_size, pixels, test_pool, test_rng)
  return Dataset(
    train_images,
    (train_numbers % num_classes).astype(np.int32),
    test_images,
    (test_numbers % num_classes).astype(np.int32),
    num_classes,
    tuple(map(str, range(num_classes))),
    labels_trusted=True,
  )


def _read_scans():
  """The scans, numbers from 0 to 16 [1797, 8, 8], and the digit that each shows."""
  with gzip.open(pathlib.Path(__file__).with_name("digits.csv.gz")) as file:
    rows = np.loadtxt(file, delimiter=",")
  return rows[:, :-1].reshape(-1, 8, 8), rows[:, -1].astype(int)


def _split_scans(targets, rng):
  """For each digit, the indices of its scans for training, and of those for testing."""
  train, test = [], []
  for digit in range(10):
    indices = rng.permutation(np.flatnonzero(targets == digit))
    cut = 4 * len(indices) // 5
    train.append(indices[:cut])
    test.append(indices[cut:])
  return train, test


def _write(num_classes, size, pixels, pool, rng):
  """Images [size, 8, 24, 1] of balanced numbers, each digit a random scan of the pool."""
  count = 1000 // num_classes * num_classes
  # If count does not divide the size, random numbers get one image less.
  numbers = rng.permutation(np.resize(rng.permutation(count), size))
  digits_of = numbers[:, None] // np.array([100, 10, 1]) % 10
  chosen = np.empty_like(digits_of)
  for digit, indices in enumerate(pool):
    here = digits_of == digit
    chosen[here] = rng.choice(indices, here.sum())
  # [size, digit, row, column] -> [size, row, digit, column]
  images = pixels[chosen].transpose(0, 2, 1, 3).reshape(-1, 8, 24, 1)
  return images, numbers
