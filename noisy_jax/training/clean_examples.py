"""Examples with right labels, for a method that needs some."""

import numpy as np

from noisy_jax import data
from noisy_jax.training.datasets import DataSettings
from noisy_jax.training.label_noise import NoisySet

# Beside the seed of the noise, this makes a stream of its own.
_STREAM = 0x636C6561


def add(settings: DataSettings, noisy: NoisySet, size: int, seed: int) -> NoisySet:
  """Gives a training set clean examples.

  Args:
    settings: name files with such examples, or none.
    noisy: the training set, in memory.
    size: how many a method asks for.
    seed: of the choice, where they are taken out.

  Returns:
    The set with all examples of the files; or without `size` of its own, which are clean.

  Raises:
    ValueError: if the examples are not of the set's classes and shape, or some are its test
      images; if there are no files and the labels of the set are not known to be right; or
      as `take_out`.
    OSError: if a file is missing or cannot be read.
  """
  assert not noisy.dataset.is_streamed, "datasets.check_streamed refuses these"
  if settings.clean is not None:
    clean = data.clean_examples(settings.clean, noisy.dataset)
    notes = noisy.dataset.notes + _overlap(settings.clean, clean, noisy.dataset)
    return noisy._replace(clean=clean, dataset=noisy.dataset._replace(notes=notes))
  if not noisy.dataset.labels_trusted:
    raise ValueError(
      "clean: none, must be folder:PATH or npz:PATH with right labels for this method: "
      f"those of {settings.name} are as given"
    )
  return take_out(noisy, size, seed)


def _overlap(name, clean, dataset):
  """A note on clean examples that are trained on as well; refuses those of the test set."""
  labels = {image.tobytes(): k for image, k in zip(*clean, strict=True)}
  in_test = sum(image.tobytes() in labels for image in dataset.test_images)
  if in_test:
    raise ValueError(
      f"clean: {name} has {in_test} of the test images, must have others: what is learned "
      "from them would be measured on them"
    )
  pairs = zip(dataset.train_images, dataset.train_labels, strict=True)
  found = [(labels[image.tobytes()], k) for image, k in pairs if image.tobytes() in labels]
  if not found:
    return ()
  same = sum(clean_label == label for clean_label, label in found)
  return (
    f"{len(found)} training images are clean examples as well, {same} with the same label",
  )


def take_out(noisy: NoisySet, size: int, seed: int) -> NoisySet:
  """Splits a training set, at random, after its noise was made.

  Args:
    noisy: the training set; foreign images are not taken.
    size: how many examples to take.
    seed: of the choice.

  Returns:
    The set without them, whose examples keep their ids, or else have their former
    positions as ids, and with them as its `clean`.

  Raises:
    ValueError: if no example would be left, or there are too few.
  """
  labels, dataset = noisy.labels, noisy.dataset
  assert not dataset.is_streamed, "datasets.check_streamed refuses these"
  total = len(labels.clean)
  foreign = np.zeros(total, bool) if noisy.foreign is None else noisy.foreign
  order = np.random.default_rng((seed, _STREAM)).permutation(np.flatnonzero(~foreign))
  most = min(len(order), total - 1)
  if size > most:
    raise ValueError(f"method: size: {size}, must be at most {most} clean examples")
  taken = np.sort(order[:size])
  kept = np.setdiff1d(np.arange(total), taken)
  ids = np.arange(total).astype(np.str_) if dataset.train_ids is None else dataset.train_ids
  return NoisySet(
    dataset._replace(
      train_images=dataset.train_images[kept],
      train_labels=dataset.train_labels[kept],
      train_ids=ids[kept],
    ),
    labels._replace(noisy=labels.noisy[kept], clean=labels.clean[kept]),
    None if noisy.foreign is None else foreign[kept],
    data.CleanExamples(dataset.train_images[taken], labels.clean[taken]),
  )
