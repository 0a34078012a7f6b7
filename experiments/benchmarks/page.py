"""The page of a benchmark: what was run, on what, and a table, which grows row by row."""

import pathlib
import platform
import shlex
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence

import jax
from absl import flags, logging

from experiments.benchmarks import device
from noisy_jax.cli import command_line, messages, path_flags

Pages = Iterator[tuple[str, list[list[str]]]]


def run(
  benchmark: Callable[[], Pages],
  title: str,
  on: Callable[[], device.Device] = device.here,
) -> None:
  """Runs a benchmark as the main program, with a flag for where its page is written.

  The page goes into a file named after the device whenever the benchmark yields: what is
  cut off keeps what it has measured. In the end it is printed.

  Args:
    benchmark: yields a text that goes on after "On a device, with Python and JAX:", and
      the rows of the table so far, the header first; the first column is text.
    title: of the page.
    on: what is measured; by default what this process runs on.
  """
  # At level INFO, JAX tells which accelerators it did not find.
  logging.set_verbosity(logging.WARNING)
  out_dir = path_flags.define("out_dir", None, "Where the page is written.")
  settings = flags.FLAGS.flags_by_module_dict().get(sys.argv[0], [])
  flags.FLAGS.register_key_flag_for_module(sys.argv[0], flags.FLAGS["out_dir"])

  def main(argv):
    messages.only_flags(argv)
    messages.make_out_dir(out_dir.value)
    text = ""
    try:
      for description, rows in benchmark():
        text = _page(title, settings, f"On {on().name}, {_VERSIONS}: {description}", rows)
        if out_dir.value is not None:
          pathlib.Path(out_dir.value, on().file_name).write_text(text)
    finally:
      if text:
        print(text)

  command_line.run(main)


def counts(name: str, texts: Sequence[str], least: int = 1) -> list[int]:
  """The integers of a list flag, or ends the command if one is below the least."""
  for text in texts:
    if not (text.isdecimal() and least <= int(text[:10]) < 10**9):
      messages.fail(f"{name}: {text!r}, must be integers from {least} up")
  return [int(text) for text in texts]


_VERSIONS = f"with Python {platform.python_version()} and JAX {jax.__version__}"


def _page(title, settings, description, rows):
  command = f"python -m experiments.benchmarks.{pathlib.Path(sys.argv[0]).stem}"
  for flag in settings:
    if flag.value is not None:
      value = str(",".join(flag.value) if isinstance(flag.value, list) else flag.value)
      command += f" --{flag.name}={shlex.quote(value)}"
  header, *others = rows
  table = [header, ["---", *["---:"] * (len(header) - 1)], *others]
  lines = [f"| {' | '.join(row)} |\n" for row in table]
  text = textwrap.fill(" ".join(description.split()), 92, break_on_hyphens=False)
  return f"# {title}\n\n`{command}`\n\n{text}\n\n{''.join(lines)}"
