"""Folders of images that tests write."""

import cv2
import numpy as np


def write(path, shade, height=4, width=4, channels=3):
  path.parent.mkdir(parents=True, exist_ok=True)
  image = np.full((height, width, channels), shade, np.uint8)
  # Suffixes in capitals too: OpenCV knows them only in small letters.
  encoded = cv2.imencode(path.suffix.lower(), image)[1]
  path.write_bytes(encoded.tobytes())


def make(root, num_classes=2, train_size=3, test="test", **options):
  """Class c holds shades 50 c + 10 i in train, 50 c in test."""
  for c in range(num_classes):
    for i in range(train_size):
      write(root / f"train/class_{c:03d}/{i}.png", (50 * c + 10 * i) % 250, **options)
    write(root / test / f"class_{c:03d}" / "0.png", 50 * c % 250, **options)
  return root
