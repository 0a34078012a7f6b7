"""All benchmarks of an accelerator, one after another within ten minutes.

  python -m experiments.benchmarks.accelerator --out_dir=experiments/results/accelerator
  python -m experiments.benchmarks.accelerator --out_dir=DIR --parts=convnets --seconds=600

Each has a process and a directory of its own, and writes its table row by row: what does
not get done in its share of the time is missing there, and the next one begins. The page
in the output directory tells what became of each. Fewer parts have more time each, and
compiled programs are kept from one call to the next, so that what was cut off may be
repeated.
"""

import pathlib
import sys

from absl import flags, logging

from experiments.benchmarks import device, page
from experiments.benchmarks.parts import Part, run
from noisy_jax.cli import command_line, compilation_cache, messages, path_flags

_OUT_DIR = path_flags.define(
  "out_dir", None, "Where the tables are written, in a directory for each part."
)
_PARTS = flags.DEFINE_list("parts", ["all"], "Which are run.")
_SECONDS = flags.DEFINE_float("seconds", 560, "For all of them.", lower_bound=1)

# Module and flags of each, and its share of the time.
_COMMANDS = {
  "agreement": ("device_agreement", [], 50),
  "convnets": ("convnet_speed", [], 280),
  "losses_1000": (
    "losses",
    ["--batch_size=65536", "--num_classes=1000", "--torch_compile"],
    90,
  ),
  "seeds": ("training_speed", [], 40),
  "first_step": ("first_step", [], 90),
  "curves": (
    "average_error",
    ["--losses=all", "--classes=1000,1000000", "--reference=false"],
    50,
  ),
  "losses_100000": (
    "losses",
    ["--batch_size=1024", "--num_classes=100000", "--torch_compile"],
    90,
  ),
  # Compiled by convnets, unless that was cut off before.
  "profile_128": ("epoch_profile", ["--batch_size=128"], 30),
  "profile_1024": ("epoch_profile", ["--batch_size=1024"], 30),
}
_OF_LOSSES = ["--turns=5", "--calls=10"]


def main(argv):
  messages.only_flags(argv)
  names = list(_COMMANDS) if _PARTS.value == ["all"] else _PARTS.value
  for name in names:
    if name not in _COMMANDS:
      messages.fail(f"parts: {name!r}, must be among all, {', '.join(_COMMANDS)}")
  if _OUT_DIR.value is None:
    messages.fail("out_dir: None, must be a directory")
  messages.make_out_dir(_OUT_DIR.value)
  try:
    on = device.of_other_processes()
  except OSError as error:
    messages.fail(error)
  if on.backend == "cpu":
    messages.fail("JAX finds no accelerator here, only the CPU")

  def tell(outcomes):
    rows = [["part", "seconds", "result"]]
    rows += [[n, f"{x.seconds:.0f}", x.result] for n, x in outcomes.items()]
    page.write(_OUT_DIR.value, _page(rows, on), on)
    name, last = list(outcomes.items())[-1]
    print(f"{name}: {last.result} after {last.seconds:.0f} s\n{last.output}", flush=True)

  parts = {name: _part(name, pathlib.Path(_OUT_DIR.value, name)) for name in names}
  outcomes = run(parts, _SECONDS.value, _environment(), tell)
  if any(outcome.result.startswith("failed") for outcome in outcomes.values()):
    sys.exit(1)


def _part(name, folder):
  module, settings, seconds = _COMMANDS[name]
  messages.make_out_dir(folder)
  command = [sys.executable, "-m", f"experiments.benchmarks.{module}", *settings]
  command += _OF_LOSSES if module == "losses" else []
  return Part([*command, f"--out_dir={folder}"], seconds)


def _environment():
  kept = compilation_cache.enable()
  return {} if kept is None else {"JAX_COMPILATION_CACHE_DIR": str(kept)}


def _page(rows, on):
  description = (
    "each part in a process of its own; its table lies in the directory of its name. What\n"
    "was cut off has the rows that were done by then."
  )
  title = "Benchmarks of an accelerator"
  return page.page("accelerator", title, ["parts", "seconds"], description, rows, on)


if __name__ == "__main__":
  # At level INFO, JAX tells which accelerators it did not find.
  logging.set_verbosity(logging.WARNING)
  command_line.run(main)
