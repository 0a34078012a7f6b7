"""Epochs of training as functions that give their seconds, to take turns."""

from collections.abc import Callable, Mapping

from noisy_jax import training

Epoch = Callable[[], float]


def ours(setup: training.Setup, num_seeds: int = 1) -> Epoch:
  """Epochs of the training loop itself.

  Args:
    setup: from `prepare`, with as many epochs as will be asked for.
    num_seeds: how many networks are trained at once.

  Returns:
    A function that trains an epoch and gives the seconds of its training part, from the
    order of the examples to the metrics on the host; the first time it also compiles.
  """
  moments = training.train(setup, seeds=range(num_seeds))

  def epoch():
    while not (moment := next(moments)).results:
      pass
    steps = moment.indices.shape[1]
    return steps * setup.config.batch_size / moment.results[0].images_per_second

  return epoch


def race(epochs: Mapping[str, Epoch], turns: int) -> dict[str, float]:
  """Lets all take turns.

  Args:
    epochs: by name; the first epoch of each is not counted, as it compiles.
    turns: how many are.

  Returns:
    The shortest time of each, in seconds.
  """
  shortest = dict.fromkeys(epochs, float("inf"))
  for turn in range(1 + turns):
    for name, epoch in epochs.items():
      seconds = epoch()
      if turn > 0:
        shortest[name] = min(shortest[name], seconds)
  return shortest
