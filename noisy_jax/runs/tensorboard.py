"""Results for TensorBoard, written by tensorboardX where that is installed."""

import contextlib
import importlib.util
import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from noisy_jax.runs.files import left_out_on_failure
from noisy_jax.training.epoch import Epoch


def check_tensorboard() -> None:
  """Refuses to write for TensorBoard without the library for it.

  Raises:
    ValueError: if tensorboardX is not installed, with what to install.
  """
  if importlib.util.find_spec("tensorboardX") is None:
    raise ValueError(
      "tensorboard: true, must be false without tensorboardX; pip install tensorboardX"
    )


@contextlib.contextmanager
def event_files(
  workdirs: Sequence[str | os.PathLike],
) -> Iterator[Callable[[Sequence[Epoch]], None]]:
  """A function to call after each epoch, with the results of each seed.

  Args:
    workdirs: one for each seed, where its event file goes; none writes nothing.

  Yields:
    The function. It writes each field of `Epoch` that is not None, with the epoch as the
    step, and sees to it that a TensorBoard that runs meanwhile can read it. After a
    failure, which it tells in one line, nothing more is written for that seed.

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
