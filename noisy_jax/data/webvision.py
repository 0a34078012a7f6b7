"""WebVision 1.0 as TFDS sets, prepared from the distributed files without TensorFlow.

Importing this file makes TFDS know webvision and webvision_imagenet. Each has two
configurations: full, of 1000 classes, and mini, of the first 50 of them with the training
images from Google alone.

Source: Li et al., arXiv 1708.02862; mini: Jiang et al., ICML 2018.
"""

import collections
import contextlib
import dataclasses
import os
import pathlib
import shutil
from collections.abc import Iterator

import tensorflow_datasets as tfds

from noisy_jax.data import webvision_files
from noisy_jax.data.tfds_folders import no_temporary_folders
from noisy_jax.paths import expanded_path

_LEFT_OUT = "left_out_{}.txt"


@dataclasses.dataclass(eq=False)
class WebvisionConfig(tfds.core.BuilderConfig):
  """A part of WebVision.

  Attributes:
    num_classes: number of classes, from the first.
    engines: the search engines whose training images belong to this part.
  """

  num_classes: int = 1000
  engines: tuple[str, ...] = ("google", "flickr")


_CONFIGS = [
  WebvisionConfig(name="full", description="All 1000 classes."),
  WebvisionConfig(
    name="mini",
    description="The first 50 classes, trained on images from Google.",
    num_classes=50,
    engines=("google",),
  ),
]


class _Builder(tfds.core.GeneratorBasedBuilder):
  """The parts that both sets have in common."""

  VERSION = tfds.core.Version("1.0.0")
  BUILDER_CONFIGS = _CONFIGS
  MANUAL_DOWNLOAD_INSTRUCTIONS = "See prepare in noisy_jax/data/webvision.py."
  _flags = "--manual_dir=FILES"

  @property
  def command(self) -> str:
    """The command that prepares the set, for messages."""
    return f"noisy-jax prepare-webvision --config={self.builder_config.name} {self._flags}"

  def _info(self):
    features = {
      "image": tfds.features.Image(shape=(None, None, 3), encoding_format="jpeg"),
      "label": tfds.features.ClassLabel(num_classes=self.builder_config.num_classes),
      "id": tfds.features.Text(),
    }
    return tfds.core.DatasetInfo(
      builder=self,
      description=f"{self.__doc__} {self.builder_config.description}",
      features=tfds.features.FeaturesDict(features),
      supervised_keys=("image", "label"),
    )

  def _generate_examples(self, split, root, listed, no_pictures=()):
    left_out = []
    for image, result in webvision_files.read_images(root, listed, split):
      if isinstance(result, webvision_files.LeftOut):
        left_out.append(result)
      else:
        yield image.id, {"image": result, "label": image.label, "id": image.id}
    if len(left_out) == len(listed):
      raise OSError(f"{split}: none of {len(listed):,} images can be read")
    lines = [f"{id_}\t{cause}\n" for id_, cause in (*left_out, *no_pictures)]
    # Beside the records, in the folder that is renamed when all is done.
    pathlib.Path(self.data_dir, _LEFT_OUT.format(split)).write_text("".join(lines))


class Webvision(_Builder):
  """WebVision 1.0: images that search engines found for the classes of ImageNet."""

  def _split_generators(self, dl_manager):
    manual_dir, config = dl_manager.manual_dir, self.builder_config
    names = webvision_files.read_synsets(manual_dir, config.num_classes)
    self.info.features["label"].names = names
    train_lists = [f"train_filelist_{engine}.txt" for engine in config.engines]
    splits = {
      "train": (manual_dir, train_lists),
      "validation": (os.path.join(manual_dir, "val_images_256"), ["val_filelist.txt"]),
    }
    generators = {}
    for split, (root, list_names) in splits.items():
      listed = []
      for list_name in list_names:
        listed += webvision_files.list_webvision(
          manual_dir, list_name, root, config.num_classes
        )
      generators[split] = self._generate_examples(split, root, listed)
    return generators


class WebvisionImagenet(_Builder):
  """ImageNet's validation images of the classes of WebVision, with their ids there."""

  _flags = "--manual_dir=FILES --imagenet_dir=IMAGENET"
  imagenet_dir: str | os.PathLike = ""

  def _split_generators(self, dl_manager):
    names = webvision_files.read_synsets(
      dl_manager.manual_dir, self.builder_config.num_classes
    )
    self.info.features["label"].names = names
    listed, others = webvision_files.list_imagenet(self.imagenet_dir, names)
    root = os.path.join(self.imagenet_dir, "val")
    return {"validation": self._generate_examples("validation", root, listed, others)}


def prepare(
  config: str,
  *,
  manual_dir: str | os.PathLike,
  data_dir: str | os.PathLike,
  imagenet_dir: str | os.PathLike | None = None,
) -> list[str]:
  """Prepares webvision/CONFIG, and webvision_imagenet/CONFIG if ImageNet is there.

  A set that is already there is left as it is. A set appears under its name only when it is
  whole. The next call removes the files of an interrupted one and begins that set anew: the
  place of a record follows from the hash of its id, so that there is no first half to keep.

  Args:
    config: full or mini.
    manual_dir: folder of the distributed files: info/, google/, flickr/ (for full) and
      val_images_256/, with the images resized to 256.
    data_dir: directory for the prepared TFDS sets.
    imagenet_dir: the folder with val/SYNSET/*.JPEG, or other pictures; None prepares only
      WebVision.

  Returns:
    Lines on the prepared sets and the images left out.

  Raises:
    ValueError: if the config is unknown or a list has another form.
    OSError: if a list or a folder is missing, no image can be read, the disk is full, or
      another process is preparing here.
  """
  known = [known.name for known in _CONFIGS]
  if config not in known:
    raise ValueError(f"config: {config!r}, must be {' or '.join(known)}")
  manual_dir = expanded_path("manual_dir", manual_dir)
  data_dir = expanded_path("data_dir", data_dir)
  if imagenet_dir is not None:
    imagenet_dir = expanded_path("imagenet_dir", imagenet_dir)
  for name, place in (("manual_dir", manual_dir), ("imagenet_dir", imagenet_dir)):
    if place is not None and not os.path.isdir(place):
      raise FileNotFoundError(f"{name}: no folder {place}")
  options = {"config": config, "data_dir": data_dir, "file_format": "array_record"}
  with no_temporary_folders():
    builders = [Webvision(**options)]
    if imagenet_dir is not None:
      of_imagenet = WebvisionImagenet(**options)
      of_imagenet.imagenet_dir = imagenet_dir
      builders.append(of_imagenet)

  report = []
  for builder in builders:
    folder = pathlib.Path(builder.data_dir)
    with _alone(folder.parent):
      if builder.is_prepared():
        report.append(f"{builder.info.full_name} is already there, in {folder}")
      else:
        for leftover in folder.parent.glob(f"incomplete.*_{folder.name}"):
          shutil.rmtree(leftover)
        builder.download_and_prepare(
          download_config=tfds.download.DownloadConfig(manual_dir=manual_dir)
        )
        report.append(f"{builder.info.full_name} is prepared, in {folder}")
    report += _counts(builder, folder)
  return report


@contextlib.contextmanager
def _alone(folder) -> Iterator[None]:
  """Keeps other processes out, by a lock that ends with this process."""
  # Imported here, as Windows has no fcntl, prepares nothing, and imports this file.
  import fcntl

  folder.mkdir(parents=True, exist_ok=True)
  with open(folder / ".preparing", "w") as lock:
    try:
      fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
      raise OSError(f"data_dir: another process is preparing {folder}") from error
    yield


def _counts(builder, folder):
  """A line for each split, with the number of its images and the images left out."""
  for split, info in builder.info.splits.items():
    file = folder / _LEFT_OUT.format(split)
    lines = [line.split("\t") for line in file.read_text().splitlines()]
    text = f"  {split}: {info.num_examples:,} images"
    if lines:
      causes = collections.Counter(cause.partition(":")[0] for _, cause in lines)
      counts = ", ".join(f"{count:,} {cause}" for cause, count in causes.most_common())
      shown = ", ".join(id_ for id_, _ in lines[:3]) + (" ..." if len(lines) > 3 else "")
      text += f"; left out {counts}: {shown} (all in {file})"
    yield text
