"""Folders of images that are streamed, and trainings on them."""

import jax
import numpy as np

from noisy_jax import runs, training
from tests import webvision_tree

NUM_CLASSES, TRAIN_SIZE, TEST_SIZE = 7, 14, 9
STEPS = 3  # of an epoch


def write_folder(root):
  """Image i has label i % 7; sizes differ."""
  for split, size in (("train", TRAIN_SIZE), ("test", TEST_SIZE)):
    for i in range(size):
      file = root / split / f"class_{i % NUM_CLASSES}" / f"{i:02d}.png"
      file.parent.mkdir(parents=True, exist_ok=True)
      webvision_tree.photograph(i, 20 + i, 30).save(file)
  return root


def a_config(folder, **changes):
  settings = dict(noise="pairflip", noise_rate=0.5, widths=(4,), epochs=2, batch_size=4)
  settings |= dict(dataset=f"folder:{folder}", max_memory_gb=0, learning_rate=0.01)
  settings |= dict(logit_bias=4.0, bias_schedule="fading")
  return training.TrainConfig(**settings | changes)


def a_setup(folder, num_devices=2, **changes):
  devices = jax.local_devices()[:num_devices]
  return runs.prepare(a_config(folder, **changes), devices=devices)


def mlp_logits(arrays, images):
  """What the network says, in float64."""
  mean, std = (np.array(x) for x in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
  x = ((images / 255 - mean) / std).reshape(len(images), -1)
  for layer in ("Dense_0", "Dense_1"):
    weights, bias = (arrays[f"state.params.{layer}.{p}"] for p in ("kernel", "bias"))
    x = (np.maximum(x, 0) if layer == "Dense_1" else x) @ weights.astype(float) + bias
  return x


def in_order(stream):
  batches = list(stream.test_batches(1))
  return np.concatenate([batch.images for batch in batches])
