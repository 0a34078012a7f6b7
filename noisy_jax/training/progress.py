"""How a run looks while it goes: a bar on a terminal, a line per epoch elsewhere."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import tqdm

from noisy_jax.training.loop import Epoch


@contextmanager
def progress(
  epochs: int, title: str = "", done: int = 0, *, labels_trusted: bool = True
) -> Iterator[Callable[[Sequence[Epoch]], None]]:
  """A function to call after each epoch, with the results of each seed.

  Args:
    epochs: how many there will be.
    title: stands before everything.
    done: how many there were before.
    labels_trusted: whether test labels are known to be right.

  Yields:
    The function. On a terminal it moves a bar, which also tells the time left; otherwise
    it prints a line.
  """
  if not (sys.stdout.isatty() and sys.stderr.isatty()):
    yield lambda results: print(
      f"{title}epoch {results[0].epoch}/{epochs}  "
      f"{describe(results, labels_trusted=labels_trusted)}",
      flush=True,
    )
    return
  layout = "{desc}{n_fmt}/{total_fmt} |{bar:8}| {remaining} left{postfix}"
  with tqdm.tqdm(
    total=epochs, initial=done, desc=title + "epoch ", bar_format=layout
  ) as bar:

    def show(results: Sequence[Epoch]) -> None:
      text = describe(results, labels_trusted=labels_trusted)
      bar.set_postfix_str(text, refresh=False)
      bar.update()

    yield show


def describe(results: Sequence[Epoch], *, labels_trusted: bool) -> str:
  """The results of an epoch in words, as means over the seeds."""
  loss, train, test = (
    sum(getattr(result, name) for result in results) / len(results)
    for name in ("loss", "train_accuracy", "test_accuracy")
  )
  rate = sum(result.images_per_second for result in results)
  noisy, clean = ("noisy ", "clean ") if labels_trusted else ("", "")
  return (
    f"loss {loss:.3f}  {noisy}train {train:.1%}  {clean}test {test:.1%}  "
    f"{rate:,.0f} images/s"
  )
