"""Event files for TensorBoard, written by tensorboardX where it is installed."""

import contextlib
import importlib.util
import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from noisy_jax.runs.files import left_out_on_failure
from noisy_jax.training.epoch import Epoch


def check_tensorboard() -> None:
  """Checks that tensorboardX is installed.

  Raises:
    ValueError: if it is not, with the command that installs it.
  """
  if importlib.util.find_spec("tensorboardX") is None:
    raise ValueError(
      "tensorboard: true, must be false without tensorboardX: "
      "pip install 'noisy_jax[tensorboard]'"
    )


@contextlib.contextmanager
def event_files(
  workdirs: Sequence[str | os.PathLike],
) -> Iterator[Callable[[Sequence[Epoch]], None]]:
  """Opens an event file for each seed.

  Args:
    workdirs: directory of the event file of each seed; empty to write nothing.

  Yields:
    A function to call after each epoch, with the results of each seed. It writes each
    field of `Epoch` that is not None, with the epoch as the step, and flushes the file, so
    that a running TensorBoard can read it. A failure prints one line, and the seed's file
    gets nothing more.

  Raises:
    ValueError: if tensorboardX is not installed.
  """
  if not workdirs:
    yield lambda results: None
    return
  check_tensorboard()
  from tensorboardX import SummaryWriter

  places = [os.fspath(path) for path in workdirs]
  writers = {place: SummaryWriter(place) for place in places}

  def write(results: Sequence[Epoch]) -> None:
    for place, result in zip(places, results, strict=True):
      writer = writers.pop(place, None)
      if writer is not None:
        with left_out_on_failure(f"{place}: TensorBoard's file"):
          _add(writer, result)
          writers[place] = writer

  try:
    yield write
  finally:
    for place, writer in writers.items():
      with left_out_on_failure(f"{place}: TensorBoard's file"):
        writer.close()


def _add(writer, result):
  for name, value in result.as_dict().items():
    named = value if isinstance(value, Mapping) else {"": value}
    for part, number in named.items():
      if name != "epoch" and number is not None:
        writer.add_scalar(f"{name}/{part}".rstrip("/"), number, result.epoch)
  writer.flush()
