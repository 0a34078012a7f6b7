"""Where the time of an epoch goes: the longest operations on the device.

  python -m experiments.benchmarks.epoch_profile --model=resnet34 --batch_size=1024

Trains on random images as `convnet_speed` does, lets JAX's profiler look on in the third
epoch, and adds up the time of each kernel by its name. A loop counts what is in it once
more, where the backend reports loops. With --trace_dir, the trace stays there, for
TensorBoard or Perfetto.
"""

import collections
import pathlib
import tempfile

import jax
from absl import flags

from experiments.benchmarks import page, race, random_images
from noisy_jax.cli import messages, path_flags

_MODEL = flags.DEFINE_string("model", "resnet34", "Network.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 1024, "Examples in a step.", lower_bound=1)
_COMPUTE_DTYPE = flags.DEFINE_enum(
  "compute_dtype", "bfloat16", ["bfloat16", "float32"], "What the network computes in."
)
_TRAIN_SIZE = flags.DEFINE_integer("train_size", 50_000, "Images.", lower_bound=1)
_ROWS = flags.DEFINE_integer("rows", 40, "How many operations are shown.", lower_bound=1)
_TRACE_DIR = path_flags.define("trace_dir", None, "Where the trace stays.")

_LONGEST_NAME = 100


def benchmark() -> page.Pages:
  messages.make_out_dir(_TRACE_DIR.value)
  with messages.ending_in_one_line(ValueError):
    setup = random_images.setup(
      _MODEL.value, _BATCH_SIZE.value, _COMPUTE_DTYPE.value, _TRAIN_SIZE.value, turns=2
    )
  epoch = race.epochs(setup)
  # The first compiles, the second is for comparison.
  _, alone = epoch(), epoch()
  with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(_TRACE_DIR.value or temporary)
    with jax.profiler.trace(str(folder)):
      watched = epoch()
    newest = max(folder.rglob("*.xplane.pb"), key=lambda path: path.stat().st_mtime)
    times = _times(jax.profiler.ProfileData.from_file(str(newest)))
  total = sum(sum(of_name) for of_name in times.values())
  rows = [["operation", "times", "ms", "share"]]
  for name, of_name in sorted(times.items(), key=lambda item: -sum(item[1])):
    shown, seconds = name[:_LONGEST_NAME].replace("|", "/"), sum(of_name)
    row = [f"`{shown}`", f"{len(of_name)}", f"{1e3 * seconds:.2f}"]
    rows.append([*row, f"{seconds / total:.1%}"])
  description = f"""the training part of an epoch took {1e3 * alone:.1f} ms, and
    {1e3 * watched:.1f} ms under the profiler. Its operations on the device by their time,
    with those of the evaluation of one batch:"""
  yield description, rows[: 1 + _ROWS.value]


def _times(profile) -> dict[str, list[float]]:
  """Seconds of each execution of each operation, by the name of its kernel."""
  times = collections.defaultdict(list)
  for plane in profile.planes:
    for line in plane.lines:
      on_device = plane.name.startswith("/device:") and (
        line.name.startswith("Stream") or line.name == "XLA Ops"
      )
      for event in line.events:
        # The CPU reports operations among the functions of the host.
        if on_device or any(name == "hlo_op" for name, _ in event.stats):
          times[event.name].append(event.duration_ns * 1e-9)
  return times


if __name__ == "__main__":
  page.run(benchmark, "Where the time of an epoch goes")
