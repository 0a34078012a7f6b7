"""Taking classes out of a set, so that their images are foreign to it."""

import numpy as np

from noisy_jax.data.dataset import Dataset, select


def hold_out(dataset: Dataset, count: int) -> tuple[Dataset, np.ndarray]:
  """Takes the last classes out of a set, from training and from test.

  Args:
    dataset: a set of K classes.
    count: number of classes to take out, in [1, K - 2].

  Returns:
    The set of the first K - count classes, and the training images of the other classes.

  Raises:
    ValueError: if fewer than two classes, or no image of a split, would be left.
  """
  num_classes = dataset.num_classes - count
  if count < 1 or num_classes < 2:
    raise ValueError(
      f"count: {count}, must be a number of classes from 1 to {dataset.num_classes - 2}"
    )
  kept = dataset
  for split in ("train", "test"):
    stays = getattr(dataset, f"{split}_labels") < num_classes
    if not stays.any():
      raise ValueError(f"count: {count} leaves no {split} image, must leave some")
    kept = select(kept, split, stays)
  others = dataset.train_images[dataset.train_labels >= num_classes]
  names = dataset.class_names[:num_classes]
  return kept._replace(num_classes=num_classes, class_names=names), others
