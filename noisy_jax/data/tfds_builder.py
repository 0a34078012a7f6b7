"""Opening a TFDS set by name, or naming the command that prepares it."""

import contextlib
import difflib
import importlib.util
import os
import re
from collections.abc import Iterator
from typing import Any

from noisy_jax.data.tfds_folders import no_temporary_folders
from noisy_jax.logs import errors_only
from noisy_jax.paths import expanded_path

_NAME = re.compile(
  r"([a-z][a-z0-9_]*)(?:/([^:]+))?(?::[0-9*]+\.[0-9*]+\.[0-9*]+)?", re.ASCII
)


def check_tfds_name(name: str) -> None:
  """Refuses a name that TFDS does not know; needs no network and reads no data.

  Args:
    name: NAME, NAME/CONFIG, NAME:VERSION or NAME/CONFIG:VERSION.

  Raises:
    ValueError: if the name is not of that form, or the set or its configuration is
      unknown, with the nearest names.
  """
  import tensorflow_datasets as tfds

  # This import registers our own sets with TFDS.
  from noisy_jax.data import webvision  # noqa: F401

  match = _NAME.fullmatch(name)
  base, config = match.groups() if match else (name, None)
  known = tfds.list_builders(with_community_datasets=False)
  if base not in known:
    near = difflib.get_close_matches(base.lower(), known, n=3)
    raise ValueError(
      f"dataset: unknown {name!r}"
      + (f"; TFDS has {', '.join(near)}" if near else "; TFDS has no such name")
    )
  configs = list(tfds.builder_cls(base).builder_configs)
  if config and config not in configs:
    # All configurations if they are few: a wrong number has no near match.
    near = difflib.get_close_matches(config, configs, n=3) or configs[:8]
    raise ValueError(
      f"dataset: unknown {name!r}; {base} has "
      + (f"the configurations {', '.join(near)}" if near else "no configurations")
      + (" ..." if len(near) < len(configs) else "")
    )


def open_builder(name: str, data_dir: str | os.PathLike | None = None) -> Any:
  """Opens the TFDS builder of that name, whether its files are there or not.

  Args:
    name: name of the set, as in `check_tfds_name`.
    data_dir: directory of prepared TFDS sets, where ~ is the home directory; None is TFDS's
      own default.

  Returns:
    `tfds.core.DatasetBuilder`.

  Raises:
    OSError: if the set's description is there and cannot be read.
    ValueError: if the name, its configuration or its version is unknown, or TFDS needs
      TensorFlow to describe the set.
  """
  import tensorflow_datasets as tfds

  check_tfds_name(name)
  data_dir = _expanded(data_dir)
  with damage_in_one_line(name, data_dir), errors_only(), no_temporary_folders():
    try:
      # TFDS prints a banner if TensorFlow is missing.
      with contextlib.redirect_stdout(None):
        return tfds.builder(name, data_dir=data_dir)
    except Exception as error:
      # Any other error comes from damaged files.
      if isinstance(error, AssertionError):
        cause = "unknown version; " + str(error).strip().rpartition(": Dataset ")[2]
      elif _lacks_tensorflow(error):
        cause = "its description cannot be read without TensorFlow"
      else:
        raise
  raise ValueError(f"dataset: {name!r}, {cause}")


def prepared_builder(
  name: str, data_dir: str | os.PathLike | None = None, *, download: bool = False
) -> Any:
  """Opens the TFDS builder of a prepared set.

  Args:
    name: name of the set, as in `check_tfds_name`.
    data_dir: directory of prepared TFDS sets, where ~ is the home directory; None is TFDS's
      own default.
    download: whether to download and prepare the set if it is not there. Sets that come
      with TFDS need TensorFlow for that.

  Returns:
    `tfds.core.DatasetBuilder`, prepared as array_record.

  Raises:
    FileNotFoundError: if the set is not prepared there as array_record, with the command
      that prepares it.
    OSError: if the set is there and cannot be read, or if preparing it fails.
    ValueError: as `open_builder`.
  """
  data_dir = _expanded(data_dir)
  builder = open_builder(name, data_dir)
  with damage_in_one_line(name, data_dir), errors_only():
    prepared = builder.is_prepared()
    readable = prepared and builder.info.file_format.value == "array_record"
  if readable:
    return builder
  if download and not prepared and not hasattr(builder, "command"):
    return _prepare(name, data_dir)
  raise FileNotFoundError(_what_to_run(name, data_dir, builder))


def _expanded(data_dir):
  return None if data_dir is None else expanded_path("data_dir", data_dir)


def _prepare(name, data_dir):
  import tensorflow_datasets as tfds

  with errors_only(), no_temporary_folders():
    # The default format cannot be written without TensorFlow.
    builder = tfds.builder(name, data_dir=data_dir, file_format="array_record")
    # Checked first: without TensorFlow a set that comes with TFDS fails after its download.
    if _comes_with_tfds(builder) and importlib.util.find_spec("tensorflow") is None:
      raise FileNotFoundError(_what_to_run(name, data_dir, builder))
    try:
      builder.download_and_prepare()
    except Exception as error:
      if _lacks_tensorflow(error):
        raise FileNotFoundError(_what_to_run(name, data_dir, builder)) from error
      cause = str(error).strip().partition("\n")[0]
      raise OSError(
        f"dataset: preparing {name} failed ({type(error).__name__}: {cause})"
      ) from error
  return builder


def _comes_with_tfds(builder):
  return type(builder).__module__.startswith("tensorflow_datasets.")


def _lacks_tensorflow(error):
  """Whether TensorFlow is missing, at any depth: TFDS wraps errors, some as text alone."""
  seen: BaseException | None = error
  while seen is not None:
    if "No module named 'tensorflow'" in str(seen):
      return True
    seen = seen.__cause__ or seen.__context__
  return False


def _what_to_run(name, data_dir, builder):
  if command := getattr(builder, "command", None):
    return (
      f"data_dir: no {place_of(name, data_dir)}; with its files at hand, run: {command}"
      + (f" --data_dir={data_dir}" if data_dir else "")
    )
  command = f"tfds build {name} --file_format=array_record"
  if data_dir:
    command += f" --data_dir={data_dir}"
  text = (
    f"data_dir: no {place_of(name, data_dir)} as array_record; where TensorFlow is "
    f"installed (only this step needs it), run: {command}"
  )
  if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
    text += (
      " --manual_dir=FILES, with the files that "
      f"https://www.tensorflow.org/datasets/catalog/{builder.name} says to fetch by hand"
    )
  if not _comes_with_tfds(builder):
    text += (
      "; or try --download (download=True in Python), which needs TensorFlow only if the "
      "builder does"
    )
  return text


def place_of(name: str, data_dir: str | os.PathLike | None) -> str:
  """The set and its directory in words.

  Args:
    name: name of the set.
    data_dir: directory of prepared TFDS sets.

  Returns:
    A phrase for messages.
  """
  return f"{name} in {data_dir or 'the default directory of TFDS'}"


@contextlib.contextmanager
def damage_in_one_line(name: str, data_dir: str | os.PathLike | None) -> Iterator[None]:
  """Turns any failure to read a prepared set into one line.

  Args:
    name: name of the set.
    data_dir: directory of prepared TFDS sets.

  Yields:
    Once, around the reading.

  Raises:
    OSError: with the cause.
  """
  try:
    yield
  except Exception as error:
    # The readers fail in many ways, from JSON to protocol buffers.
    cause = str(error).strip().partition("\n")[0]
    place = place_of(name, data_dir)
    raise OSError(f"data_dir: {place} is damaged ({cause}); prepare it anew") from error
