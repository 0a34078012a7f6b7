"""Human labels, CIFAR-10N and CIFAR-100N, joined to the images by their ids."""

import os

import numpy as np

from noisy_jax.data.names import DatasetName, parse_name
from noisy_jax.data.tfds_builder import damage_in_one_line, prepared_builder
from noisy_jax.noise import check_labels

# Kind -> the labelled set, the TFDS set that has these labels, and their features.
_KINDS = {
  "human:worse": ("cifar10", "cifar10_n", ("worse_label",)),
  "human:aggre": ("cifar10", "cifar10_n", ("aggre_label",)),
  "human:random1": ("cifar10", "cifar10_n", ("random_label1",)),
  "human:random2": ("cifar10", "cifar10_n", ("random_label2",)),
  "human:random3": ("cifar10", "cifar10_n", ("random_label3",)),
  "human:votes": (
    "cifar10", "cifar10_n", ("random_label1", "random_label2", "random_label3")
  ),
  "human:noisy": ("cifar100", "cifar100_n", ("noise_label",)),
}  # fmt: skip
_CHUNK = 1000


def check_human(kind: str, dataset: DatasetName) -> None:
  """Refuses a kind of human labels that does not exist, or not for this data set.

  Args:
    kind: name of the kind, such as human:worse.
    dataset: name of the data set.

  Raises:
    ValueError: if the kind is unknown, or labels another data set.
  """
  if kind not in _KINDS:
    raise ValueError(f"noise: unknown {kind!r}; known: {', '.join(_KINDS)}")
  labelled, source, _ = _KINDS[kind]
  if dataset.tfds_set not in (labelled, source):
    raise ValueError(
      f"noise: {kind} has labels for {labelled} only, and the data set is {dataset}"
    )


def human_labels(
  kind: str,
  dataset: str | DatasetName,
  ids: np.ndarray | None,
  data_dir: str | os.PathLike | None = None,
) -> np.ndarray:
  """Reads the labels that people gave to images, by id and never by position.

  Three people labelled every training image of CIFAR-10: random1, random2 and random3
  take one of these labels each; votes takes all three; aggre takes their majority; worse
  takes a wrong one if there is any. One person labelled CIFAR-100: noisy.

  Args:
    kind: human:worse, human:aggre, human:random1, human:random2, human:random3,
      human:votes or human:noisy.
    dataset: name of the images' data set, cifar10 or cifar100.
    ids: ids of the images, as in `Dataset.train_ids`, str[n].
    data_dir: directory of the prepared TFDS set cifar10_n or cifar100_n.

  Returns:
    Class ids, int32[n], one for each id; of votes int32[n, 3].

  Raises:
    FileNotFoundError: if the labels are not prepared, with the command that does.
    OSError: if the labels cannot be read.
    ValueError: if the kind does not exist for this set, or an id has no label.

  Source: Wei et al., ICLR 2022.
  """
  check_human(kind, parse_name(dataset))
  _, name, features = _KINDS[kind]
  if ids is None:
    raise ValueError(f"ids: none, must be the TFDS ids of {dataset} for {kind}")
  builder = prepared_builder(name, data_dir)
  by_id = _labels_by_id(builder, features, (name, data_dir))
  missing = [id_ for id_ in ids if id_ not in by_id]
  if missing:
    raise ValueError(
      f"ids: {str(missing[0])!r} has no label in {name}, nor have "
      f"{len(missing) - 1:,} others of {len(ids):,}; must be ids of its training images"
    )
  labels = np.array([by_id[id_] for id_ in ids], np.int64)
  num_classes = builder.info.features[features[0]].num_classes
  checked = check_labels(labels.ravel(), num_classes)
  return checked if len(features) == 1 else checked.reshape(labels.shape)


def _labels_by_id(builder, features, place):
  import tensorflow_datasets as tfds

  labels = {}
  with damage_in_one_line(*place):
    # The records hold images too, which need no decoding.
    source = builder.as_data_source("train", decoders={"image": tfds.decode.SkipDecoding()})
    for start in range(0, len(source), _CHUNK):
      stop = min(start + _CHUNK, len(source))
      for example in source.__getitems__(list(range(start, stop))):
        labels[example["id"].decode()] = [example[feature] for feature in features]
  return labels
