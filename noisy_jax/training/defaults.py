"""Default settings of a data set, where nobody has chosen any."""

from collections.abc import Collection
from typing import Any

from noisy_jax import data

OF_IMAGES: dict[str, Any] = {"model": "cnn5", "learning_rate": 0.03}


def of_dataset(dataset: str, given: Collection[str] = ()) -> dict[str, Any]:
  """The settings of a data set that differ from the defaults of `TrainConfig`.

  The defaults of `TrainConfig` are for digitsK, which an MLP learns at a learning rate of
  0.1. It learns pictures slowly at that rate, or not at all. So every other set has the
  small convolutional network cnn5 and a rate at which it starts. On 3,000 crops from ten
  parts of two photographs, cnn5 reached an accuracy of 66 % after two epochs of
  cross-entropy at 0.03, and 53 % at 0.1; the MLP reached 37 % at 0.1 (one seed each).

  Streamed images, of 224 by 224 pixels, have cnn5 too: it takes the mean over all places,
  and the size of the memory should not decide the network. For results on such sets, take
  a network and a rate of the recipes.

  Features have the MLP and the rate of `TrainConfig`. Whether a file has features is read
  from the file.

  A setting that somebody chose is left alone. `widths` belong to the MLP: whoever chose
  them, or a network, has the learning rate of `TrainConfig`.

  Args:
    dataset: name of the set, as in `TrainConfig`.
    given: names of the settings that somebody chose.

  Returns:
    Fields of `TrainConfig`.

  Example:
    >>> of_dataset("cifar10", given=["learning_rate"])
    {'model': 'cnn5'}
  """
  name = data.parse_name(dataset)
  if name.source == "digits" or {"model", "widths"} & set(given) or data.has_features(name):
    return {}
  return {name: value for name, value in OF_IMAGES.items() if name not in given}
