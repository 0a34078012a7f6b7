"""Prepares WebVision 1.0, and ImageNet's validation images of its classes, for TFDS.

  noisy-jax prepare-webvision --config=mini --manual_dir=FILES --data_dir=DIR \
    --imagenet_dir=IMAGENET

docs/webvision.md says which files go where. After an interruption, repeat the call.
"""

import sys

from absl import flags, logging

from noisy_jax.cli import messages, path_flags
from noisy_jax.data import webvision

_CONFIG = flags.DEFINE_enum(
  "config",
  "mini",
  ["full", "mini"],
  "Part to prepare: full, all 1000 classes; mini, the first 50 with the training images "
  "from Google only.",
)
_MANUAL_DIR = path_flags.define(
  "manual_dir",
  None,
  "Folder with info/, google/, flickr/ and val_images_256/.",
  required=True,
)
_DATA_DIR = path_flags.define(
  "data_dir", None, "Directory for the prepared TFDS sets.", required=True
)
_IMAGENET_DIR = path_flags.define(
  "imagenet_dir",
  None,
  "Folder with val/SYNSET/*.JPEG; without it ImageNet is left out.",
)


def main(argv):
  # TFDS warns of folders that are about to be filled.
  logging.set_verbosity(logging.ERROR)
  messages.only_flags(argv)
  try:
    report = webvision.prepare(
      _CONFIG.value,
      manual_dir=_MANUAL_DIR.value,
      data_dir=_DATA_DIR.value,
      imagenet_dir=_IMAGENET_DIR.value,
    )
  except (ValueError, OSError) as error:
    messages.fail(error)
  except KeyboardInterrupt:
    sys.exit("interrupted; the same command begins again")
  print("\n".join(report))
