"""What streaming costs beside the work it cannot avoid: images per second, and ratios.

  python -m experiments.benchmarks.stream

Writes JPEGs of 256 pixels (the shorter side) as WebVision is laid out into a temporary
folder, prepares them, and streams the result. Beside it, as many threads do nothing but
decode, crop and scale the same files; and the first device changes the colours of images
that it holds. All take turns in one process, and the best turn of each counts: once by the
clock, and once by the time that cores worked, which other jobs on the machine disturb less.
"""

import os
import pathlib
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import cv2
import jax
import numpy as np
from absl import flags, logging

from experiments.benchmarks import page
from noisy_jax import data
from noisy_jax.data import decode, image_transforms, webvision

_NUM_IMAGES = flags.DEFINE_integer("num_images", 4096, "Images.", lower_bound=128)
_THREADS = flags.DEFINE_integer("threads", os.cpu_count(), "Threads.", lower_bound=1)
_TURNS = flags.DEFINE_integer("turns", 5, "Times each is measured.", lower_bound=1)
_QUALITY = flags.DEFINE_integer("quality", 90, "Of the JPEGs.", 1, 100)

_BATCH_SIZE = 128
_PLAIN = "decode, crop, flip"


def benchmark() -> page.Pages:
  # TFDS warns of folders that are about to be filled.
  logging.set_verbosity(logging.ERROR)
  with tempfile.TemporaryDirectory() as directory:
    root = pathlib.Path(directory)
    encoded = _write(root / "files")
    start = time.perf_counter()
    webvision.prepare("mini", manual_dir=root / "files", data_dir=root / "sets")
    prepared = len(encoded) / (time.perf_counter() - start)
    streamed = data.open_stream("webvision/mini", root / "sets").train

    calls = {
      _PLAIN: lambda turn: _plain(encoded),
      "the stream, which does that": lambda turn: _stream(streamed, turn),
      f"colours, on one {jax.devices()[0].device_kind}": _colours(streamed),
    }
    rates = {name: np.zeros(2) for name in calls}
    for turn in range(_TURNS.value):
      for name, call in calls.items():
        before = np.array([time.perf_counter(), time.process_time()])
        count = call(turn)
        seconds = np.array([time.perf_counter(), time.process_time()]) - before
        np.maximum(rates[name], count / seconds, out=rates[name])

  rows = [["", "images/s", "/ first", "by a core", "/ first"]]
  for name, pair in rates.items():
    (wall, wall_ratio), (cpu, cpu_ratio) = zip(pair, pair / rates[_PLAIN], strict=True)
    row = [name, f"{wall:,.0f}", f"{wall_ratio:.2f}", f"{cpu:,.0f}", f"{cpu_ratio:.2f}"]
    rows.append(row)
  size = np.mean([len(image) for image in encoded]) / 1000
  description = f"""{_THREADS.value} threads read {len(encoded):,} JPEGs of {size:.1f} kB,
    which were prepared at {prepared:,.0f} images/s."""
  yield description, rows


def _write(root):
  """Images with detail on all scales, as photographs have; returns them encoded."""
  folders = {name: root / name for name in ("info", "google", "val_images_256")}
  for folder in folders.values():
    folder.mkdir(parents=True)
  synsets = [f"n{i:08d} class {i}" for i in range(50)]
  (folders["info"] / "synsets.txt").write_text("\n".join(synsets))
  encoded, lines = [], []
  for index in range(_NUM_IMAGES.value):
    image = _photograph(np.random.default_rng(index), 256, 341)
    options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY.value]
    encoded.append(cv2.imencode(".jpg", image, options)[1].tobytes())
    (folders["google"] / f"{index}.jpg").write_bytes(encoded[-1])
    lines.append(f"google/{index}.jpg {index % 50}")
  (folders["info"] / "train_filelist_google.txt").write_text("\n".join(lines))
  (folders["val_images_256"] / "val0.jpg").write_bytes(encoded[0])
  (folders["info"] / "val_filelist.txt").write_text("val0.jpg 0")
  return encoded


def _photograph(rng, height, width):
  """Noise of every scale, with the amplitude in proportion to the scale."""
  image = np.zeros((height, width, 3), np.float32)
  for scale in (1, 2, 4, 8, 16, 32, 64):
    shape = (height // scale + 2, width // scale + 2, 3)
    noise = scale * rng.standard_normal(shape, np.float32)
    image += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
  return np.clip(120 + 50 * image / image.std(), 0, 255).astype(np.uint8)


def _plain(encoded):
  size = image_transforms.IMAGE_SIZE

  def work(start):
    images = np.empty((_BATCH_SIZE, size, size, 3), np.uint8)
    rng = np.random.default_rng(start)
    for out, image in zip(images, encoded[start : start + _BATCH_SIZE], strict=False):
      image_transforms.random_resized_crop(decode.decode_rgb(image), rng, out)

  with ThreadPoolExecutor(_THREADS.value) as pool:
    list(pool.map(work, range(0, len(encoded), _BATCH_SIZE)))
  return len(encoded)


def _stream(streamed, epoch):
  batches = streamed.train_batches(
    _BATCH_SIZE, seed=0, epoch=epoch, num_threads=_THREADS.value
  )
  return sum(len(batch.images) for batch in batches)


def _colours(streamed):
  """A function of a turn: how many images it changed; compiled before the first."""
  batch = next(streamed.train_batches(_BATCH_SIZE, seed=0, epoch=0))
  images = jax.device_put(batch.images)
  keys = data.example_keys(data.epoch_key(0, 0), batch.indices)
  change = jax.jit(data.color_jitter)
  change(keys, images).block_until_ready()

  def of_turn(_):
    num_calls = max(1, _NUM_IMAGES.value // _BATCH_SIZE)
    for _ in range(num_calls):
      changed = change(keys, images)
    changed.block_until_ready()
    return num_calls * len(images)

  return of_turn


if __name__ == "__main__":
  page.run(benchmark, "Streaming")
