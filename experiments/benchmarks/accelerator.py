"""All benchmarks of an accelerator, one after another within ten minutes.

  python -m experiments.benchmarks.accelerator --out_dir=experiments/results/accelerator
  python -m experiments.benchmarks.accelerator --out_dir=DIR --parts=convnets --seconds=600

Each has a process and a directory of its own, and writes its table row by row: what does
not get done in its share of the time is missing there, and the next one begins. The page
in the output directory tells what became of each. Fewer parts have more time each, and
compiled programs are kept from one call to the next, so that what was cut off may be
repeated.
"""

import sys

from absl import flags

from experiments.benchmarks import device, page
from experiments.benchmarks.parts import Part, run
from noisy_jax.cli import compilation_cache, messages

_PARTS = flags.DEFINE_list("parts", ["all"], "Which are run.")
_SECONDS = flags.DEFINE_float("seconds", 560, "For all of them.", lower_bound=1)


def _losses(batch_size, num_classes):
  size = [f"--batch_size={batch_size}", f"--num_classes={num_classes}"]
  return "losses", [*size, "--torch_compile", "--turns=5", "--calls=10"]


_OF_CURVES = ["--losses=all", "--classes=1000,1000000", "--reference=false"]
# Module and flags of each, and its share of the time.
_COMMANDS = {
  "agreement": ("device_agreement", [], 50),
  "convnets": ("convnet_speed", [], 280),
  "losses_1000": (*_losses(65536, 1000), 90),
  "seeds": ("training_speed", [], 40),
  "first_step": ("first_step", [], 90),
  "curves": ("average_error", _OF_CURVES, 50),
  "losses_100000": (*_losses(1024, 100_000), 90),
  # Compiled by convnets, unless that was cut off before.
  "profile_128": ("epoch_profile", ["--batch_size=128"], 30),
  "profile_1024": ("epoch_profile", ["--batch_size=1024"], 30),
}


def benchmark() -> page.Pages:
  names = list(_COMMANDS) if _PARTS.value == ["all"] else _PARTS.value
  for name in names:
    if name not in _COMMANDS:
      messages.fail(f"parts: {name!r}, must be among all, {', '.join(_COMMANDS)}")
  if (out_dir := flags.FLAGS.out_dir) is None:
    messages.fail("out_dir: None, must be a directory")
  with messages.ending_in_one_line(OSError):
    on = device.of_other_processes()
  if on.backend == "cpu":
    messages.fail("JAX finds no accelerator here, only the CPU")

  description = """each part in a process of its own; its table lies in the directory of its
    name. What was cut off has the rows that were done by then."""
  parts = {}
  for name in names:
    module, settings, share = _COMMANDS[name]
    command = [sys.executable, "-m", f"experiments.benchmarks.{module}", *settings]
    parts[name] = Part([*command, f"--out_dir={out_dir}/{name}"], share)
  kept = compilation_cache.enable()
  environment = {} if kept is None else {"JAX_COMPILATION_CACHE_DIR": str(kept)}
  rows = [["part", "seconds", "result"]]
  for name, outcome in run(parts, _SECONDS.value, environment):
    rows.append([name, f"{outcome.seconds:.0f}", outcome.result])
    yield description, rows
    print(f"{': '.join(rows[-1][::2])} after {rows[-1][1]} s\n{outcome.output}", flush=True)
  if any(result.startswith("failed") for _, _, result in rows):
    sys.exit(1)


if __name__ == "__main__":
  page.run(benchmark, "Benchmarks of an accelerator", on=device.of_other_processes)
