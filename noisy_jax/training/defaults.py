"""Settings with which the training on a data set starts, where nobody chooses."""

from collections.abc import Collection
from typing import Any

from noisy_jax import data

_OF_IMAGES: dict[str, Any] = {"model": "cnn5", "learning_rate": 0.03}


def of_dataset(dataset: str, given: Collection[str] = ()) -> dict[str, Any]:
  """The settings of a data set that differ from the defaults of `TrainConfig`.

  Those are for digitsK, which an MLP learns at a learning rate of 0.1. It learns pictures
  slowly at that rate, or not at all. So every other set has the small convolutional network
  and a rate at which it starts. Of 3,000 crops from ten parts of two photographs it knew
  66 % after two epochs of cross-entropy at 0.03, and 53 % at 0.1; the MLP 37 % at 0.1 (one
  seed each).

  Images that are streamed, in 224 by 224 pixels, have it too: it takes the mean over all
  places, and whether a set fits into memory does not decide what is trained. For results on
  them, take a network and a rate of the recipes.

  A setting that is given is left alone. `widths` are those of the MLP: who gives them, or
  another network, has chosen, and the rate is that of `TrainConfig`.

  Args:
    dataset: as `TrainConfig` has it.
    given: names of the settings that somebody chose.

  Returns:
    Fields of `TrainConfig`.
  """
  if data.parse_name(dataset).source == "digits" or {"model", "widths"} & set(given):
    return {}
  return {name: value for name, value in _OF_IMAGES.items() if name not in given}
