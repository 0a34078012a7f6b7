"""Taking the validation split out of a training set."""

import numpy as np

from noisy_jax import data
from noisy_jax.training.label_noise import NoisySet

# With this beside the seed, the choice is independent of the noise.
_STREAM = 0x76616C69


def take_out(noisy: NoisySet, split: data.ValidationSplit, seed: int) -> NoisySet:
  """Moves random training examples into the validation split.

  Args:
    noisy: the training set.
    split: size and labels of the split.
    seed: seed of the choice.

  Returns:
    The set without these examples, which are its `validation`. A clean one leaves out the
    foreign images among them, whose labels are wrong.

  Raises:
    ValueError: if no example would be taken or left, or clean labels are asked for and
      nobody knows them, or all examples taken are foreign.
  """
  labels, total = noisy.labels, len(noisy.labels.noisy)
  if split.is_clean and not noisy.dataset.labels_trusted:
    raise ValueError(
      f"validation: {split}, must be {split.share}: nobody knows whether the labels of "
      "this data set are right"
    )
  size = round(split.share * total)
  if not 0 < size < total:
    raise ValueError(
      f"validation: {split} takes {size} of {total} training examples, must take some and "
      "leave some"
    )
  order = np.random.default_rng((seed, _STREAM)).permutation(total)
  taken, kept = np.sort(order[:size]), np.sort(order[size:])
  if split.is_clean and noisy.foreign is not None:
    taken = taken[~noisy.foreign[taken]]
    if not len(taken):
      raise ValueError(f"validation: {split} takes foreign images alone, must take others")
  images = noisy.dataset.images("train")
  held_out = images.select(taken) if isinstance(images, data.Stream) else images[taken]
  chosen = labels.clean if split.is_clean else labels.noisy
  examples = data.LabeledExamples(held_out, chosen[taken])
  return noisy.select(kept)._replace(validation=examples)
