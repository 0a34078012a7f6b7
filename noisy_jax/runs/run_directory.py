"""The workdir of a run: locked, with its records and checkpoints."""

import contextlib
import fcntl
import os
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

import jax
import tqdm

from noisy_jax.analysis import figures
from noisy_jax.paths import expanded_path
from noisy_jax.runs import metrics_file, record_reader, records
from noisy_jax.runs.checkpoints import Checkpoints
from noisy_jax.runs.files import left_out_on_failure
from noisy_jax.runs.snapshots import Snapshot
from noisy_jax.training import label_quality
from noisy_jax.training.epoch import Epoch
from noisy_jax.training.loop import state_of_seed
from noisy_jax.training.setup import Setup


class InUseError(OSError):
  """Raised when another process trains in this workdir."""


class Store:
  """The workdir of one network, locked by its run.

  Attributes:
    workdir: the directory.
    setup: the run.
    ended_after: the epochs after which it had ended, where the setup has more and
      `lengthen` is still to come; else None.
    continued_after: the epochs after which it had ended before it got more epochs.
  """

  def __init__(self, workdir: pathlib.Path, setup: Setup, checkpoints: Checkpoints):
    """Takes what `open_store` has prepared."""
    self.workdir, self.setup, self._checkpoints = workdir, setup, checkpoints
    self.ended_after = record_reader.ended_after(workdir, setup.config)
    self.continued_after = record_reader.continued_after(workdir)
    self._metrics = ""

  @property
  def steps(self) -> list[int]:
    """The steps that training can resume from, rising."""
    return self._checkpoints.steps

  def restore(self, step: int) -> Snapshot | None:
    """Reads the snapshot of a step; sets a damaged one aside and returns None.

    Raises:
      OSError: if the snapshot belongs to another network.
    """
    template = jax.eval_shape(lambda: state_of_seed(self.setup, self.setup.config.seed))
    try:
      snapshot = self._checkpoints.restore(step, template)
      self._metrics = snapshot.metrics
      return snapshot
    except ValueError as error:
      raise OSError(f"workdir: {self.workdir}: checkpoint {step}: {error}") from error
    except OSError as error:
      place = self._checkpoints.set_aside(step)
      print(f"{error}; it is in {place} now, and the one before is used", flush=True)
      return None

  def remove_after(self, step: int) -> None:
    """Removes the snapshots of later steps, which the run will make again."""
    self._checkpoints.remove_after(step)

  def lengthen(self) -> None:
    """Gives a finished run the epochs of the setup, before it goes on."""
    records.lengthen(self.workdir, self.setup.config.epochs)
    self.ended_after = None
    self.continued_after = record_reader.continued_after(self.workdir)

  def history(self, epoch: int) -> list[Epoch]:
    """Reads the results of the epochs before this one, and removes later lines.

    Raises:
      OSError: if they have changed since the restored snapshot was saved.
    """
    rows = metrics_file.rows_before(self.workdir, epoch)
    digest = metrics_file.digest_before(self.workdir, epoch)
    if rows and self._metrics not in ("", digest):
      raise OSError(
        f"workdir: {self.workdir}/metrics.jsonl has changed since its checkpoint was saved"
      )
    try:
      return [Epoch(**row) for row in rows]
    except TypeError as error:
      raise OSError(
        f"workdir: {self.workdir}/metrics.jsonl is damaged ({error})"
      ) from error

  def add_epoch(self, result: Epoch) -> None:
    """Writes the results of an epoch."""
    metrics_file.append_epoch(self.workdir, result.as_dict())

  def save(self, step: int, snapshot: Snapshot, accuracy: float | None) -> None:
    """Starts to write a snapshot; see `Checkpoints.save`."""
    metrics = metrics_file.digest_before(self.workdir, snapshot.epoch)
    self._checkpoints.save(step, snapshot._replace(metrics=metrics), accuracy)

  def wait(self) -> None:
    """Waits until all snapshots are written."""
    self._checkpoints.wait()

  def finish(self, summary: Mapping[str, Any], table: Mapping[str, Any] | None) -> None:
    """Writes the table of examples, if any, draws the curves, and writes the summary.

    Only the summary must succeed; a failure of the others prints one line.
    """
    self.wait()
    if table is not None:
      with left_out_on_failure(f"{self.workdir}/examples.csv"):
        records.write_examples(self.workdir, table, self.setup.dataset.class_names)
        if note := label_quality.note_without_scores(self.setup, table):
          # A bar may be on the terminal still.
          tqdm.tqdm.write(f"{self.workdir}/examples.csv: {note}")
    with left_out_on_failure(f"{self.workdir}/curves.png"):
      self._draw_curves()
    # Last: after an interruption, the same command makes the files before it again.
    records.finish(self.workdir, summary)

  def _draw_curves(self):
    rows = metrics_file.rows_before(self.workdir, self.setup.config.epochs + 1)
    setup, trusted = self.setup, self.setup.dataset.labels_trusted
    subject = f"{setup.config.dataset}, {setup.labels_in_words}"
    title = f"{subject}: {setup.training_in_words}"
    curves = figures.training_curves(rows, title=title, labels_trusted=trusted)
    records.write_curves(self.workdir, curves)


@contextlib.contextmanager
def open_store(
  workdir: str | os.PathLike,
  setup: Setup,
  found: Mapping[str, str],
  *,
  more_epochs: bool = False,
) -> Iterator[Store]:
  """Locks a workdir for a run, new or unfinished.

  Args:
    workdir: a directory, which need not exist yet.
    setup: the run.
    found: digests of its data, from `content.of_setup`.
    more_epochs: whether this run may have finished there with fewer epochs.

  Yields:
    `Store`.

  Raises:
    InUseError: if another process trains in the workdir.
    OSError: if the workdir holds anything else or this run finished, if the data have
      changed since the run began, or if the workdir cannot be written to.
  """
  workdir = pathlib.Path(expanded_path("workdir", workdir))
  try:
    workdir.mkdir(parents=True, exist_ok=True)
  except OSError as error:
    raise OSError(f"workdir: {workdir} cannot be made: {error.strerror}") from error
  with _locked(workdir):
    summary = record_reader.check_workdir(workdir, setup.config, more_epochs=more_epochs)
    if summary is not None:
      raise FileExistsError(f"workdir: {workdir} holds this very run, finished")
    records.begin(workdir, setup, found)
    with Checkpoints(workdir / "checkpoints") as checkpoints:
      yield Store(workdir, setup, checkpoints)


@contextlib.contextmanager
def _locked(workdir):
  # The lock belongs to the process and ends with it, even when it is killed.
  path = workdir / ".lock"
  try:
    file = path.open("a")
  except OSError as error:
    raise OSError(f"workdir: {path} cannot be written ({error.strerror})") from error
  with file:
    try:
      fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
      raise InUseError(f"workdir: {workdir} is in use by another process") from None
    yield
