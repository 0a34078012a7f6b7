"""metrics.jsonl: one line an epoch, written at its end."""

import json
import pathlib
from collections.abc import Mapping
from typing import Any

from noisy_jax.runs.files import digest, named, whole

_NAME = "metrics.jsonl"


def rows_before(workdir: pathlib.Path, epoch: int) -> list[dict[str, Any]]:
  """Reads the lines of metrics.jsonl on earlier epochs, and removes all later lines.

  A run that goes on from a checkpoint writes the later lines again; the last line may be
  torn.

  Args:
    workdir: directory of the run.
    epoch: the next epoch, counted from 1.

  Returns:
    One dictionary an epoch.

  Raises:
    OSError: if lines before that epoch are missing, or the file cannot be written.
  """
  path = workdir / _NAME
  content = _metrics(workdir)
  lines = content.splitlines(keepends=True)[: epoch - 1]
  try:
    rows = [json.loads(line) for line in lines]
    are_whole = [row["epoch"] for row in rows] == list(range(1, epoch))
  except (ValueError, TypeError, KeyError, RecursionError):
    are_whole = False
  if not are_whole:
    raise OSError(f"workdir: {path} lacks epochs before epoch {epoch}, or is damaged")
  if b"".join(lines) != content:
    with whole(path) as partial:
      partial.write_bytes(b"".join(lines))
  return rows


def digest_before(workdir: pathlib.Path, epoch: int) -> str:
  """A digest of the lines of metrics.jsonl on earlier epochs.

  Args:
    workdir: directory of the run.
    epoch: the next epoch, counted from 1.

  Returns:
    Hexadecimal digits.
  """
  return digest(b"".join(_metrics(workdir).splitlines(keepends=True)[: epoch - 1]))


def append_epoch(workdir: pathlib.Path, row: Mapping[str, Any]) -> None:
  """Adds a line to metrics.jsonl."""
  path = workdir / _NAME
  with named(path), path.open("a") as file:
    file.write(json.dumps(row, allow_nan=False) + "\n")


def _metrics(workdir):
  path = workdir / _NAME
  try:
    return path.read_bytes() if path.exists() else b""
  except OSError as error:
    raise OSError(f"workdir: {path} cannot be read ({error.strerror})") from error
