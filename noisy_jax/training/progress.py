"""How a run looks while it goes: a bar on a terminal, a line per epoch elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import tqdm

from noisy_jax.training.loop import Epoch


@contextmanager
def progress(epochs: int, title: str = "") -> Iterator[Callable[[Epoch], None]]:
  """A function to call after each epoch, with its results.

  Args:
    epochs: how many there will be.
    title: stands before everything.

  Yields:
    The function. On a terminal it moves a bar, which also tells the time left; otherwise
    it prints a line.
  """
  if not (sys.stdout.isatty() and sys.stderr.isatty()):
    yield lambda result: print(
      f"{title}epoch {result.epoch}/{epochs}  {describe(result)}", flush=True
    )
    return
  layout = "{desc}{n_fmt}/{total_fmt} |{bar:8}| {remaining} left{postfix}"
  with tqdm.tqdm(total=epochs, desc=title + "epoch ", bar_format=layout) as bar:

    def show(result: Epoch) -> None:
      bar.set_postfix_str(describe(result), refresh=False)
      bar.update()

    yield show


def describe(result: Epoch) -> str:
  """The results of an epoch in words."""
  return (
    f"loss {result.loss:.3f}  noisy train {result.train_accuracy:.1%}  "
    f"clean test {result.test_accuracy:.1%}  {result.images_per_second:,.0f} images/s"
  )
