"""Flags for several processes that train one network, and joining the other processes."""

import faulthandler

import jax
from absl import flags

_DISTRIBUTED = flags.DEFINE_bool(
  "distributed",
  False,
  "Whether this is one of several processes of a TPU pod or a Slurm job; elsewhere, the "
  "flags coordinator, num_processes and process_id say so.",
)
_COORDINATOR = flags.DEFINE_string(
  "coordinator", None, "Address and port of process 0, such as 10.0.0.1:1234."
)
_NUM_PROCESSES = flags.DEFINE_integer(
  "num_processes", None, "Number of processes.", lower_bound=1
)
_PROCESS_ID = flags.DEFINE_integer(
  "process_id", None, "Number of this process, from 0.", lower_bound=0
)
# The time within which a lost process is noticed.
_HEARTBEAT_SECONDS = 30


def start() -> None:
  """Joins the other processes, if the flags say that there are some.

  Raises:
    ValueError: if some of the three flags are missing, or do not fit each other.
    RuntimeError: if the others cannot be found or reached.
  """
  coordinator = _COORDINATOR.value
  num_processes, process_id = _NUM_PROCESSES.value, _PROCESS_ID.value
  if coordinator is None and num_processes is None and process_id is None:
    if _DISTRIBUTED.value:
      _join()
    return
  if coordinator is None or num_processes is None or process_id is None:
    holders = (_COORDINATOR, _NUM_PROCESSES, _PROCESS_ID)
    missing = next(holder.name for holder in holders if holder.value is None)
    present = next(holder.name for holder in holders if holder.value is not None)
    raise ValueError(f"{missing}: missing, must be given with {present}")
  if process_id >= num_processes:
    raise ValueError(
      f"process_id: {process_id}, must be below num_processes, {num_processes}"
    )
  host, _, port = coordinator.rpartition(":")
  if not (host and port.isdecimal()):
    raise ValueError(f"coordinator: {coordinator!r}, must be HOST:PORT")
  _join(coordinator, num_processes, process_id)


def _join(coordinator=None, num_processes=None, process_id=None):
  jax.distributed.initialize(
    coordinator,
    num_processes,
    process_id,
    heartbeat_timeout_seconds=_HEARTBEAT_SECONDS,
  )
  # If another process is lost, the service ends this one with the reason, which absl's dump
  # of all threads would bury.
  faulthandler.disable()
