"""The division of a training's work into calls to the devices."""

from collections.abc import Sequence

import jax

from noisy_jax import models

# Enough to hide the cost of a call, few enough to stop soon on request.
_STEPS_PER_CALL = 512


def steps_per_call(model: str, devices: Sequence[jax.Device]) -> int:
  """The number of steps that one call to the devices takes, as one scan.

  On two CPU cores a scan is 1.4 times (MLP 512 on digits1000) to 2.8 times (MLP 1024 on
  CIFAR-10) as fast as a call per step, measured by experiments/benchmarks/epoch_scan.py;
  but on XLA's CPU, convolutions inside a loop are several times slower than outside.

  Args:
    model: the network's name.
    devices: the devices that the call goes to.

  Returns:
    The number of steps.
  """
  on_cpu = devices[0].platform == "cpu"
  return 1 if on_cpu and not models.takes_features(model) else _STEPS_PER_CALL


def side_by_side(model: str, devices: Sequence[jax.Device]) -> bool:
  """Whether several seeds of a network train faster in one program than in turn.

  In one program, a convolution over seeds becomes a grouped convolution, which is slow on
  XLA's CPU: two seeds of cnn4 together trained on 65 images/s, and one alone on 950.
  Matrix products over seeds stay fast. On accelerators neither was measured.

  Args:
    model: the network's name.
    devices: the devices to train on.

  Returns:
    Whether one program is faster; assumed on accelerators.
  """
  return models.takes_features(model) or devices[0].platform != "cpu"


def check_batch_size(
  batch_size: int,
  num_parts: int,
  devices: Sequence[jax.Device],
  *,
  in_pairs: bool = False,
) -> None:
  """Refuses batches that cannot be split between the devices of all processes.

  Args:
    batch_size: examples per step, over all devices.
    num_parts: number of parts that a device splits its share into.
    devices: the devices of this process.
    in_pairs: whether the examples of a part are mixed with each other, in pairs.

  Raises:
    ValueError: naming the size and the number that must divide it.
  """
  num_devices = len(devices) * jax.process_count()
  divisor = num_devices * num_parts * (2 if in_pairs else 1)
  if batch_size % divisor:
    parts = f" in {num_parts} parts" if num_parts > 1 else ""
    pairs = " and pairs to mix" if in_pairs else ""
    raise ValueError(
      f"batch_size: {batch_size}, must be a multiple of {divisor}, for the {num_devices} "
      f"devices{parts}{pairs}"
    )


def out_of_memory(error: Exception) -> str | None:
  """XLA's line on a device with too little memory; None if the error is another one."""
  cause = str(error).partition("\n")[0]
  return cause if "RESOURCE_EXHAUSTED" in cause else None
