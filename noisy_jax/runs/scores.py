"""Images to measure a trained network on, and its accuracy."""

import os
from typing import Any, NamedTuple

import numpy as np

from noisy_jax import data
from noisy_jax.runs import content
from noisy_jax.runs.trained import Trained
from noisy_jax.training import eval_step

SPLITS = ("test", "train")


class Given(NamedTuple):
  """Images to judge, in the shape of the training images.

  Attributes:
    images: uint8 in [0, 255] or float32 in [0, 1], [n, height, width, channels]; features,
      float32[n, d]; or a stream, where the training images were streamed.
    labels: class ids of the run, int32[n]; -1 for an image without a label.
    ids: names of the images, n of them.
    notes: sentences for a reader of the results.
  """

  images: np.ndarray | data.Stream
  labels: np.ndarray
  ids: tuple[str, ...]
  notes: tuple[str, ...] = ()


class Scores(NamedTuple):
  """Accuracies, in [0, 1].

  Attributes:
    accuracy: share of labelled images whose likeliest class is their label.
    top5: share of labelled images with the label among the five likeliest classes.
    num_labelled: number of images with a label.
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
  """Opens a split of a data set, with the set's own labels, free of our noise.

  Labels that a file corrected for the run are corrected here too, and what it left out of
  the run's set is left out.

  Args:
    trained: the network.
    name: name of the set, as in `data.load`; the run's own data set by default. Images of
      another folder or TFDS set are scaled to the run's images if these are square, and
      streamed if these were streamed.
    split: `test` or `train`, complete but for the classes that the run held out. After
      training on streamed images, any split of another TFDS set.
    data_dir: directory of prepared TFDS sets; the run's own by default.

  Returns:
    `Given`, with the ids of the set, or with positions if it has no ids.

  Raises:
    ValueError: if the set or the split is unknown, or has other classes or images than
      the run.
    OSError: if the set is missing or damaged.
  """
  parts = trained.config.parts
  data_dir = trained.data_dir if data_dir is None else data_dir
  own = parts.data.name
  parsed = own if name is None else data.parse_name(name)
  if split not in SPLITS and not (trained.streamed and parsed.source == "tfds"):
    raise ValueError(f"split: {split!r}, must be {' or '.join(SPLITS)}")
  if trained.streamed:
    return _given_by_stream(trained, parsed, split, data_dir)
  if parsed == own:
    size, on_bad_image = parts.data.image_size, parts.data.on_bad_image
  else:
    size, on_bad_image = _square_size(trained, parsed), "skip"
  dataset = data.load(parsed, data_dir, image_size=size, on_bad_image=on_bad_image)
  dataset = data.check_dataset(dataset)
  if parsed == own:
    dataset = data.correct_labels(dataset, parts.data.labels)
  num_held_out = parts.noise.kind.num_held_out
  if parsed == own and num_held_out is not None:
    dataset, _ = data.hold_out(dataset, num_held_out)
  images, labels, ids = (
    getattr(dataset, f"{split}_{part}") for part in ("images", "labels", "ids")
  )
  _check_classes(trained, parsed, dataset.num_classes)
  if images.shape[1:] != trained.image_shape:
    raise ValueError(
      f"dataset: {parsed} has examples of shape {list(images.shape[1:])}, must be "
      f"{list(trained.image_shape)} as in the run"
    )
  notes = ()
  if parsed == own:
    found = data.content(dataset)
    # Noise may have changed the training images of the run.
    measured_on = ("class names", "test images", "test labels")
    notes = _changed(trained, {part: found[part] for part in measured_on})
  labels, by_name = _by_name(trained, dataset.class_names, labels)
  ids = tuple(map(str, range(len(labels)) if ids is None else ids))
  return Given(images, labels, ids, (*dataset.notes, *notes, *by_name))


def _given_by_stream(trained, name, split, data_dir):
  settings = trained.config.parts.data
  notes: tuple[str, ...] = ()
  if split in SPLITS:
    dataset = data.open_stream(name, data_dir)
    stream, notes = dataset.images(split), dataset.notes
  else:
    stream = data.open_test_stream(data.SplitName(name, split), data_dir)
  _check_classes(trained, name, len(stream.class_names))
  # For this split alone: checking the whole set would take much longer.
  if name != settings.name or settings.on_bad_image == "skip":
    stream, bad = stream.readable()
    notes += _note_on_bad(bad)
  if name == settings.name and split in SPLITS:
    readable: dict[str, Any] = {split: stream, "notes": notes}
    dataset = data.correct_labels(dataset._replace(**readable), settings.labels)
    stream, notes = dataset.images(split), dataset.notes
    # A validation split was taken out of the training images of the run.
    if split == "test" or settings.validation is None:
      images, labels = data.digest(stream), data.digest(stream.labels)
      notes += _changed(trained, {f"{split} images": images, f"{split} labels": labels})
  labels, more = _by_name(trained, stream.class_names, stream.labels)
  return Given(stream, labels, stream.ids(), (*notes, *more))


def given_by_folder(trained: Trained, path: str | os.PathLike) -> Given:
  """Opens the images of any folder; see `data.read_images`.

  Args:
    trained: the network.
    path: the folder. An image in its subfolder CLASS, at any depth, has that label if
      CLASS is the name of a class; other images have no label.

  Returns:
    `Given`, with paths inside the folder as ids; `notes` names the files left out.

  Raises:
    ValueError: if the images have colours and the run's images are grey, or the run has
      features.
    OSError: if the folder is missing, or holds no readable image.
  """
  if len(trained.image_shape) == 1:
    raise ValueError(
      f"images: {path}, must be left out: the run has features; give dataset npz:FILE"
    )
  if trained.streamed:
    found = data.stream_images(path)
  else:
    found = data.read_images(path, trained.image_shape)
  labels = data.labels_by_folder(found.paths, trained.names)
  notes = (*found.notes, *_note_on_bad(found.bad))
  return Given(found.images, labels, found.paths, notes)


def scores(given: Given, predictions: eval_step.Predictions) -> Scores | None:
  """The accuracy of predictions on the images that have a label.

  Args:
    given: the images.
    predictions: their predictions from `predict`, with the ranks of their labels.

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


def _note_on_bad(names):
  if not names:
    return ()
  return (f"left out {len(names):,} unreadable files: {', '.join(names)}",)


def _changed(trained, found):
  """A note on the parts of the data set that have changed since the run began."""
  held = {part: trained.content[part] for part in found}
  if changed := content.different(held, found):
    return (f"{trained.config.dataset} has changed since the run began: {changed}",)
  return ()


def _check_classes(trained, name, num_classes):
  if num_classes != trained.num_classes:
    raise ValueError(
      f"dataset: {name} has {num_classes} classes, must have the {trained.num_classes} of "
      "the run"
    )


def _square_size(trained, name):
  """The size to scale a set to; None if its images have one size."""
  if name.has_one_size or len(trained.image_shape) == 1:
    return None
  height, width, _ = trained.image_shape
  return height if height == width else None


def _by_name(trained, class_names, labels):
  """Labels as class ids of the run, and a note if they go by number."""
  names = trained.class_names
  if not names or not class_names or names == class_names:
    return labels, ()
  if set(names) == set(class_names):
    return np.array([names.index(name) for name in class_names], np.int32)[labels], ()
  theirs, ours = next((a, b) for a, b in zip(class_names, names, strict=True) if a != b)
  return labels, (f"classes go by their numbers: {theirs!r} there is {ours!r} in the run",)
