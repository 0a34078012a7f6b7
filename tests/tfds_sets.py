"""Tiny TFDS sets that tests write: one of our own in many forms, and stand-ins."""

import cv2
import numpy as np
import tensorflow_datasets as tfds

from noisy_jax.data.tfds_folders import no_temporary_folders


def encoded(shade, height=4, width=4, channels=3):
  """A PNG of one shade."""
  image = np.full((height, width, channels), shade, np.uint8)
  return cv2.imencode(".png", image)[1].tobytes()


def _image(channels=3):
  return tfds.features.Image(shape=(None, None, channels), encoding_format="png")


def _label(num_classes=3):
  return tfds.features.ClassLabel(names=["ash", "beech", "cedar"][:num_classes])


_RGB = {"image": _image(), "label": _label(), "id": tfds.features.Text()}
_FEATURES = {
  "grey": {"image": _image(1), "label": _label()},
  "renamed": {"photo": _image(), "tree": _label()},
  "unlabelled": {"image": _image()},
}
_SPLITS = {"grey": ("train", "validation"), "untested": ("train", "extra")}


class TinyTrees(tfds.core.GeneratorBasedBuilder):
  """A registered builder like one that a user would write; example i has shade 20 i."""

  VERSION = tfds.core.Version("1.0.0")
  BUILDER_CONFIGS = [  # noqa: RUF012
    tfds.core.BuilderConfig(name=name)
    for name in (
      "plain", "grey", "mixed", "renamed", "unlabelled", "untested", "wide",
      "needs_tensorflow", "broken",
    )
  ]  # fmt: skip

  def _info(self):
    features = _FEATURES.get(self.builder_config.name, _RGB)
    return tfds.core.DatasetInfo(
      builder=self,
      features=tfds.features.FeaturesDict(features),
      supervised_keys=tuple(features)[:2] if len(features) > 1 else None,
    )

  def _split_generators(self, dl_manager):
    del dl_manager
    splits = _SPLITS.get(self.builder_config.name, ("train", "test"))
    return {split: self._generate_examples(split) for split in splits}

  def _generate_examples(self, split):
    form = self.builder_config.name
    if form == "needs_tensorflow":
      raise ModuleNotFoundError("No module named 'tensorflow'")
    if form == "broken":
      raise OSError("the server has gone\nand more")
    for index in range(6 if split == "train" else 3):
      name = f"{split}_{index}"
      width = {"mixed": 4 + index, "wide": 8}.get(form, 4)
      image = encoded(20 * index, width=width, channels=1 if form == "grey" else 3)
      values = (image, index % 3, name)
      yield name, dict(zip(self.info.features, values, strict=False))


def prepare(data_dir, name, version, features, examples):
  """Writes a set under the name of one that comes with TFDS, as `tfds build` would."""

  def generate(split):
    for example in examples[split]:
      yield example["id"], example

  builder = type(
    "".join(part.capitalize() for part in name.split("_")),
    (tfds.core.GeneratorBasedBuilder,),
    {
      "VERSION": tfds.core.Version(version),
      "_info": lambda self: tfds.core.DatasetInfo(
        builder=self, features=tfds.features.FeaturesDict(features)
      ),
      "_split_generators": lambda self, dl_manager: {s: generate(s) for s in examples},
      "_generate_examples": generate,
    },
    skip_registration=True,
  )
  with no_temporary_folders():
    made = builder(data_dir=data_dir, file_format="array_record")
  made.download_and_prepare()


CIFAR10_N_LABELS = (
  "worse_label", "aggre_label", "random_label1", "random_label2", "random_label3",
)  # fmt: skip


CIFAR10_FEATURES = {
  "id": tfds.features.Text(),
  "image": _image(),
  "label": tfds.features.ClassLabel(num_classes=10),
}


def human_label(feature, i):
  """The made-up label of image i in `prepare_cifar10_n`, another one for each kind."""
  return (7 * i + CIFAR10_N_LABELS.index(feature)) % 10


def prepare_cifar10_n(data_dir, size):
  """Writes a set named cifar10_n: made-up human labels for `prepare_cifar10`."""
  classes = tfds.features.ClassLabel(num_classes=10)
  features = {
    "id": tfds.features.Text(),
    "image": _image(),
    "label": classes,
    **dict.fromkeys(CIFAR10_N_LABELS, classes),
  }
  examples = [
    {"id": f"train_{i:05d}", "image": encoded(0), "label": 0}
    | {feature: human_label(feature, i) for feature in CIFAR10_N_LABELS}
    for i in range(size)
  ]
  prepare(data_dir, "cifar10_n", "1.0.4", features, {"train": examples})


def prepare_cifar10(data_dir, labels):
  """Writes a set named cifar10 of constant images, of shade 20 times their label."""
  examples = {
    split: [
      {"id": f"{split}_{i:05d}", "image": encoded(20 * label), "label": label}
      for i, label in enumerate(row)
    ]
    for split, row in labels.items()
  }
  prepare(data_dir, "cifar10", "3.0.2", CIFAR10_FEATURES, examples)
