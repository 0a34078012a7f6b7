"""What to measure a trained network on, and how often it is right."""

import os
from typing import NamedTuple

import numpy as np

from noisy_jax import data
from noisy_jax.training import label_noise, step
from noisy_jax.training.prediction import Trained

SPLITS = ("test", "train")


class Given(NamedTuple):
  """Images to judge, in the shape of the training images.

  Attributes:
    images: uint8 in [0, 255] or float32 in [0, 1], [n, height, width, channels].
    labels: class ids of the run, int32[n]; -1 where none is given.
    ids: what each image is called, n of them.
    notes: what a reader of the results should know, a sentence each.
  """

  images: np.ndarray
  labels: np.ndarray
  ids: tuple[str, ...]
  notes: tuple[str, ...] = ()


class Scores(NamedTuple):
  """How often labels are met, in [0, 1].

  Attributes:
    accuracy: share of labelled images whose likeliest class is their label.
    top5: share with the label among the five likeliest.
    num_labelled: how many images have a label.
  """

  accuracy: float
  top5: float
  num_labelled: int


def given_by_dataset(
  trained: Trained,
  name: str | None = None,
  split: str = "test",
  data_dir: str | os.PathLike | None = None,
) -> Given:
  """A split of a data set, with the labels of that set: no noise is made.

  Args:
    trained: the network.
    name: as `data.load` takes it; the run's own data set by default. Others in folders
      and in TFDS are scaled to the images of the run if those are square.
    split: `test` or `train`; the whole of it, without the classes that the run held out.
    data_dir: where TFDS finds prepared sets.

  Returns:
    `Given`, with the ids of the set, or the positions in it where it has none.

  Raises:
    ValueError: if the set or the split is unknown, or has other classes or images than
      the run.
    OSError: if the set is missing or damaged.
  """
  if split not in SPLITS:
    raise ValueError(f"split: {split!r}, must be {' or '.join(SPLITS)}")
  config = trained.config
  if name is None or name == config.dataset:
    name = config.dataset
    size, on_bad_image = config.image_size or None, config.on_bad_image
  else:
    data.check_name(name)
    size, on_bad_image = _square_size(trained, name), "skip"
  dataset = data.load(name, data_dir, image_size=size, on_bad_image=on_bad_image)
  dataset = data.check_dataset(dataset)
  if name == config.dataset:
    dataset = label_noise.without_held_out(config.noise, dataset)
  images, labels, ids = (
    getattr(dataset, f"{split}_{part}") for part in ("images", "labels", "ids")
  )
  if dataset.num_classes != trained.num_classes:
    raise ValueError(
      f"dataset: {name} has {dataset.num_classes} classes, must have the "
      f"{trained.num_classes} of the run"
    )
  if images.shape[1:] != trained.image_shape:
    raise ValueError(
      f"dataset: {name} has images of shape {list(images.shape[1:])}, must be "
      f"{list(trained.image_shape)} as those of the run"
    )
  labels, notes = _by_name(trained, dataset.class_names, labels)
  ids = tuple(map(str, range(len(labels)) if ids is None else ids))
  return Given(images, labels, ids, (*dataset.notes, *notes))


def given_by_folder(trained: Trained, path: str | os.PathLike) -> Given:
  """The images of any folder; see `data.read_images`.

  Args:
    trained: the network.
    path: the folder. An image in a folder CLASS of it, at any depth, has that label if
      CLASS is the name of a class, and otherwise none.

  Returns:
    `Given`, with paths inside the folder as ids; `notes` names the files left out.

  Raises:
    ValueError: if the images have colours and those of the run are grey.
    OSError: if the folder is missing, or holds no image that can be read.
  """
  found = data.read_images(path, trained.image_shape)
  class_ids = {name: class_id for class_id, name in enumerate(trained.names)}
  folders = [path.partition("/")[0] if "/" in path else None for path in found.paths]
  labels = [-1 if name is None else class_ids.get(name, -1) for name in folders]
  notes: tuple[str, ...] = ()
  if found.bad:
    notes = (f"left out {len(found.bad):,} unreadable files: {', '.join(found.bad)}",)
  return Given(found.images, np.array(labels, np.int32), found.paths, notes)


def scores(given: Given, predictions: step.Predictions) -> Scores | None:
  """How often a network is right about images that have a label.

  Args:
    given: the images.
    predictions: what `predict` says of them, with the ranks of their labels.

  Returns:
    `Scores`; None if no image has a label.
  """
  labelled = given.labels >= 0
  if not labelled.any():
    return None
  correct = predictions.labels == given.labels
  return Scores(
    float(correct[labelled].mean()),
    float((predictions.label_ranks < 5)[labelled].mean()),
    int(labelled.sum()),
  )


def _square_size(trained, name):
  """The size to scale a set to; None for those whose images have one size."""
  height, width, _ = trained.image_shape
  fixed = name.startswith(("digits", "npz:"))
  return None if fixed or height != width else height


def _by_name(trained, class_names, labels):
  """Labels as class ids of the run, and what there is to note about them."""
  names = trained.class_names
  if not names or not class_names or names == class_names:
    return labels, ()
  if set(names) == set(class_names):
    return np.array([names.index(name) for name in class_names], np.int32)[labels], ()
  theirs, ours = next((a, b) for a, b in zip(class_names, names, strict=True) if a != b)
  return labels, (f"classes go by their numbers: {theirs!r} there is {ours!r} in the run",)
