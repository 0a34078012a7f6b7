"""The page of a benchmark: what was run, on what, and a table."""

import os
import pathlib
import platform
from collections.abc import Sequence

import jax
from absl import flags

from experiments.benchmarks.device import Device, here


def page(
  module: str,
  title: str,
  settings: Sequence[str],
  description: str,
  rows: Sequence[Sequence[str]],
  on: Device | None = None,
) -> str:
  """The page as Markdown.

  Args:
    module: name of the benchmark's file, without .py.
    title: of the page.
    settings: the flags whose values stand in the command.
    description: lines that go on after "On a device, with Python and JAX:".
    rows: of the table, the header first; the first column is text, the others numbers.
    on: what was measured; by default what this process runs on.

  Returns:
    The page, which ends with the table.
  """
  command = f"python -m experiments.benchmarks.{module}{_flags(settings)}"
  versions = f"Python {platform.python_version()} and JAX {jax.__version__}"
  header, *others = rows
  table = [header, ["---", *["---:"] * (len(header) - 1)], *others]
  return (
    f"# {title}\n\n`{command}`\n\n"
    f"On {(on or here()).name}, with {versions}:\n{description}\n\n"
    + "".join(f"| {' | '.join(row)} |\n" for row in table)
  )


def _flags(settings):
  values = flags.FLAGS.flag_values_dict()
  text = ""
  for name in settings:
    value = values[name]
    shown = str(",".join(value) if isinstance(value, list) else value)
    text += f" --{name}='{shown}'" if " " in shown else f" --{name}={shown}"
  return text


def write(out_dir: str | os.PathLike | None, text: str, on: Device | None = None) -> None:
  """Writes a page into a file named after the device.

  Benchmarks call this after each row: what is cut off then keeps what it has measured.

  Args:
    out_dir: the directory; None writes nothing.
    text: of the page.
    on: what was measured; by default what this process runs on.
  """
  if out_dir is not None:
    pathlib.Path(out_dir, (on or here()).file_name).write_text(text)
