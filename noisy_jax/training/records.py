"""What a run leaves in its workdir, as JSON a person can read.

config.json     the config, which the workdir belongs to
versions.json   of Python and the libraries, and the devices
metrics.jsonl   one line an epoch
summary.json    the outcome; its presence means that the run is finished
"""

import dataclasses
import importlib.metadata
import json
import os
import pathlib
import platform
from collections.abc import Mapping
from typing import Any

import jax

from noisy_jax.training.config import TrainConfig

_LIBRARIES = ("noisy_jax", "jax", "jaxlib", "flax", "optax", "numpy")


def check_workdir(workdir: str | os.PathLike, config: TrainConfig) -> dict | None:
  """Tells whether a run may start in a workdir; changes nothing.

  Args:
    workdir: a directory; it may not exist yet.
    config: of the run that is to start.

  Returns:
    None if the workdir is free; the summary if this very run is finished there.

  Raises:
    ValueError: if it holds another config (the fields that differ are named), an
      unfinished run, or files of ours without a config.
  """
  workdir = pathlib.Path(workdir)
  if workdir.exists() and not workdir.is_dir():
    raise ValueError(f"workdir: {workdir} is a file, must be a directory")
  if not (workdir / "config.json").exists():
    strays = [
      name for name in ("metrics.jsonl", "summary.json") if (workdir / name).exists()
    ]
    if strays:
      raise ValueError(f"workdir: {workdir} holds {strays[0]} of unknown origin")
    return None
  held = json.loads((workdir / "config.json").read_text())
  asked = _as_json(config)
  differences = [
    f"{name} {held.get(name)} there, {asked.get(name)} here"
    for name in sorted(held.keys() | asked.keys())
    if held.get(name) != asked.get(name)
  ]
  if differences:
    raise ValueError(
      f"workdir: {workdir} holds another config ({'; '.join(differences)}); choose another"
    )
  if not (workdir / "summary.json").exists():
    raise ValueError(
      f"workdir: {workdir} holds an unfinished run, which cannot be resumed yet; remove it "
      "or choose another"
    )
  return json.loads((workdir / "summary.json").read_text())


def claim_workdir(workdir: str | os.PathLike, config: TrainConfig) -> pathlib.Path:
  """Makes a workdir and writes the config and the versions into it.

  Raises:
    ValueError: as `check_workdir`, and if this run is already finished there.
  """
  workdir = pathlib.Path(workdir)
  if check_workdir(workdir, config) is not None:
    raise ValueError(f"workdir: {workdir} holds this very run, finished")
  workdir.mkdir(parents=True, exist_ok=True)
  _write_json(workdir / "versions.json", versions())
  _write_json(workdir / "config.json", _as_json(config))
  return workdir


def append_epoch(workdir: pathlib.Path, row: Mapping[str, Any]) -> None:
  """Adds a line to metrics.jsonl."""
  with (workdir / "metrics.jsonl").open("a") as file:
    file.write(json.dumps(row) + "\n")


def finish(workdir: pathlib.Path, summary: Mapping[str, Any]) -> None:
  """Writes summary.json, which marks the run as finished."""
  _write_json(workdir / "summary.json", summary)


def versions() -> dict[str, str]:
  """Versions of Python and the libraries that shape a result, and the devices."""
  found = {name: importlib.metadata.version(name) for name in _LIBRARIES}
  devices = jax.local_devices()
  kind = f"{len(devices)} x {devices[0].device_kind}"
  return {"python": platform.python_version(), **found, "devices": kind}


def _as_json(config):
  return json.loads(json.dumps(dataclasses.asdict(config)))


def _write_json(path, content):
  # Renaming is atomic: a reader finds the whole file or none.
  partial = path.with_name(path.name + ".partial")
  partial.write_text(json.dumps(content, indent=2) + "\n")
  partial.replace(path)
