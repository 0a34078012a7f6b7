"""Digests of the files of labels, weights and matrices that the settings of a run name.

Settings hold the path of such a file, not what is in it. By its digest a finished run sees
that the file has changed, without loading the data set.
"""

import os
import pathlib
from collections.abc import Mapping

from noisy_jax.paths import expanded_path
from noisy_jax.runs.files import digest
from noisy_jax.training.config import TrainConfig
from noisy_jax.training.weights import BALANCED


def digests(config: TrainConfig) -> dict[str, str]:
  """Digests of the files that settings name, by setting.

  Args:
    config: the settings.

  Returns:
    A digest for each of labels, noise, correction, class_weights and example_weights whose
    file is there.
  """
  paths = {name: pathlib.Path(path) for name, path in _paths(config).items()}
  return {name: digest(path.read_bytes()) for name, path in paths.items() if path.is_file()}


def check(workdir: str | os.PathLike, held: Mapping[str, str], config: TrainConfig) -> None:
  """Refuses a file that has changed since a run began.

  A file that is gone passes, as a finished run needs it no more.

  Args:
    workdir: directory of the run.
    held: the digests when it began; may be empty.
    config: its settings.

  Raises:
    OSError: if a file differs, naming its setting and path.
  """
  found = digests(config)
  changed = [name for name in held if found.get(name, held[name]) != held[name]]
  if changed:
    paths = _paths(config)
    text = ", ".join(f"{name}: {paths[name]}" for name in changed)
    raise OSError(
      f"workdir: {workdir} holds this run, finished, with another content of a file "
      f"({text}); bring the former file back, or choose another workdir"
    )


def _paths(config):
  """The paths by setting, of settings that name a file."""
  parts = config.parts
  kind, matrix = parts.noise.kind, parts.objective.correction
  given = {
    "labels": parts.data.labels,
    "noise": {"file": kind.file_and_column[0], "matrix": kind.detail}.get(kind.name),
    "correction": matrix and matrix.path,
    "class_weights": None if parts.weights.classes == BALANCED else parts.weights.classes,
    "example_weights": parts.weights.examples,
  }
  return {name: expanded_path(name, path) for name, path in given.items() if path}
