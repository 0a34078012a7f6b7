"""Files of WebVision and ImageNet that tests write, as they are distributed, but small."""

import numpy as np
from PIL import Image

# Class ids of the images that each search engine found; those from 50 up are not in mini.
LABELS = {"google": (0, 0, 1, 1, 49, 49, 50, 999), "flickr": (0, 1, 50, 999)}
VALIDATION = (0, 1, 49, 50, 999)


def photograph(seed, height=30, width=40):
  """An image with smooth detail, so that JPEG keeps it nearly as it is."""
  coarse = np.random.default_rng(seed).integers(0, 256, (3, 4, 3), np.uint8)
  return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def write(root):
  """WebVision: google/q0000/0.jpg and so on, the number being the place in LABELS."""
  (root / "info").mkdir(parents=True)
  synsets = [f"n{c:08d} class {c}, another word" for c in range(1000)]
  (root / "info" / "synsets.txt").write_text("\n".join(synsets) + "\n")
  for engine, labels in LABELS.items():
    lines = []
    for i, label in enumerate(labels):
      path = f"{engine}/q{i // 4:04d}/{i}.jpg"
      (root / path).parent.mkdir(parents=True, exist_ok=True)
      photograph(i).save(root / path, quality=95)
      lines.append(f"{path} {label}\n")
    (root / "info" / f"train_filelist_{engine}.txt").write_text("".join(lines))
  (root / "val_images_256").mkdir()
  lines = []
  for i, label in enumerate(VALIDATION):
    photograph(100 + i).save(root / "val_images_256" / f"val{i:06d}.jpg")
    lines.append(f"val{i:06d}.jpg {label}\n")
  (root / "info" / "val_filelist.txt").write_text("".join(lines))
  return root


def write_imagenet(root, num_classes=50):
  """ImageNet: val/SYNSET/*.JPEG, two images a class, and a file that is none."""
  for c in range(num_classes):
    folder = root / "val" / f"n{c:08d}"
    folder.mkdir(parents=True)
    for i in range(2):
      photograph(c).save(folder / f"ILSVRC2012_val_{i}{c:04d}.JPEG", format="JPEG")
  (folder / "notes.txt").write_text("no image")
  return root
