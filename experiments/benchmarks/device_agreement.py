"""How far an accelerator's results are from the CPU's, in float32.

  python -m experiments.benchmarks.device_agreement --out_dir=DIR

The same computations on both, from the same seeds: augmentation, values and gradients of
all losses, average error curves, and some steps of training, once with matrix products in
full float32 and once as the backend does them by default, which on a GPU may round their
factors to 10 bits. The difference is the largest one, over the largest absolute value of
the CPU's. Ends with status 1 if one is beyond its tolerance.
"""

import sys

import jax
from absl import logging

from experiments.benchmarks import page
from experiments.benchmarks.agreement import differences, results, tolerance
from noisy_jax.cli import command_line, messages, path_flags

_OUT_DIR = path_flags.define("out_dir", None, "Where the table is written.")


def main(argv):
  messages.only_flags(argv)
  messages.make_out_dir(_OUT_DIR.value)
  accelerator = jax.local_devices()[0]
  if accelerator.platform == "cpu":
    messages.fail("JAX finds no accelerator here to compare with the CPU")
  try:
    cpu = jax.local_devices(backend="cpu")[0]
  except RuntimeError as error:
    messages.fail(f"JAX has no CPU to compare with; is JAX_PLATFORMS set? ({error})")
  found = differences(results(accelerator), results(cpu))
  rows = [["", "difference", "tolerance", "within"]]
  for name, difference in found.items():
    within = "yes" if difference <= tolerance(name) else "no"
    rows.append([name, f"{difference:.1e}", f"{tolerance(name):.0e}", within])
  description = (
    "float32 results against those of the CPU in the same process, the largest difference\n"
    "over the largest absolute value; 'default' is training as one gets it, the lines\n"
    "before it with matrix products in full float32."
  )
  title = "Agreement with the CPU"
  text = page.page("device_agreement", title, [], description, rows)
  page.write(_OUT_DIR.value, text)
  print(text)
  beyond = [name for name, difference in found.items() if difference > tolerance(name)]
  if beyond:
    sys.exit(f"beyond its tolerance: {', '.join(beyond)}")


if __name__ == "__main__":
  # At level INFO, JAX tells which accelerators it did not find.
  logging.set_verbosity(logging.WARNING)
  command_line.run(main)
