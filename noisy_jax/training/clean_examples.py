"""Examples with right labels, from files or from the training set, for the method meta."""

import numpy as np

from noisy_jax import data
from noisy_jax.training.datasets import DataSettings
from noisy_jax.training.label_noise import NoisySet

# With this beside the seed, the choice is independent of the noise.
_STREAM = 0x636C6561


def add(settings: DataSettings, noisy: NoisySet, size: int, seed: int) -> NoisySet:
  """Gives a training set clean examples, from files or out of itself.

  Args:
    settings: the data; `settings.clean` names the files, or is None.
    noisy: the training set, in memory.
    size: number of examples to take out of the set where there are no files.
    seed: seed of that choice.

  Returns:
    The set with all examples of the files as its `clean`; or without `size` of its own
    examples, which become its `clean`.

  Raises:
    ValueError: if the files have other classes or shapes than the set, or hold some of its
      test images; if there are no files and the labels of the set are not known to be
      right; or as `take_out`.
    OSError: if a file is missing or cannot be read.
  """
  assert not noisy.dataset.is_streamed, "datasets.check_streamed refuses these"
  if settings.clean is not None:
    clean = data.clean_examples(settings.clean, noisy.dataset)
    notes = noisy.dataset.notes + _overlap(settings.clean, clean, noisy.dataset)
    return noisy._replace(clean=clean, dataset=noisy.dataset._replace(notes=notes))
  if not noisy.dataset.labels_trusted:
    raise ValueError(
      "clean: none, must be folder:PATH or npz:FILE with right labels for this method: "
      f"nobody knows whether the labels of {settings.name} are"
    )
  return take_out(noisy, size, seed)


def _overlap(name, clean, dataset):
  """A note on clean examples that are also trained on; refuses test images among them."""
  labels = {image.tobytes(): k for image, k in zip(*clean, strict=True)}
  in_test = sum(image.tobytes() in labels for image in dataset.test_images)
  if in_test:
    raise ValueError(
      f"clean: {name} has {in_test} of the test images, must have none of them: a network "
      "would be tested on images that it has learned from"
    )
  pairs = zip(dataset.train_images, dataset.train_labels, strict=True)
  found = [(labels[image.tobytes()], k) for image, k in pairs if image.tobytes() in labels]
  if not found:
    return ()
  same = sum(clean_label == label for clean_label, label in found)
  return (
    f"{len(found)} training images are also clean examples, {same} with the same label",
  )


def take_out(noisy: NoisySet, size: int, seed: int) -> NoisySet:
  """Moves random examples of a noisy training set into its clean examples.

  Args:
    noisy: the training set; foreign images are not taken.
    size: number of examples to take.
    seed: seed of the choice.

  Returns:
    The set without these examples, which are its `clean`. The other examples keep their
    ids; in a set without ids, an example's id is its former position.

  Raises:
    ValueError: if the set has too few examples, or none would be left.
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
  clean = data.LabeledExamples(dataset.train_images[taken], labels.clean[taken])
  return noisy.select(np.setdiff1d(np.arange(total), taken))._replace(clean=clean)
