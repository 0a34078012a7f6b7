"""The progress of a run: a bar on a terminal, a line per epoch elsewhere."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import tqdm

from noisy_jax.training.epoch import Epoch


@contextmanager
def progress(
  epochs: int, title: str = "", done: float = 0, *, labels_trusted: bool = True
) -> Iterator[Callable[[float, Sequence[Epoch]], None]]:
  """Shows the progress of a training.

  Args:
    epochs: number of epochs of the training.
    title: text before the progress.
    done: number of finished epochs, with the finished part of an interrupted one.
    labels_trusted: whether test labels are known to be right.

  Yields:
    A function to call as training goes on. It takes the number of finished epochs, with
    the finished part of the current one, and the results for each seed, empty before the
    end of the epoch. On a terminal it moves a bar, which also shows the time left;
    otherwise it prints a line an epoch.
  """
  if not (sys.stdout.isatty() and sys.stderr.isatty()):

    def say(epochs_done: float, results: Sequence[Epoch]) -> None:
      if results:
        text = describe(results, labels_trusted=labels_trusted)
        print(f"{title}epoch {epochs_done:.0f}/{epochs}  {text}", flush=True)

    yield say
    return

  def count(epochs_done):
    return f"{title}epoch {int(epochs_done)}/{epochs}"

  layout = "{desc} |{bar:8}| {remaining} left{postfix}"
  # By default, tqdm waits for steps as large as earlier ones: for a whole epoch.
  with tqdm.tqdm(
    total=epochs, initial=done, desc=count(done), bar_format=layout, miniters=0
  ) as bar:

    def move(epochs_done: float, results: Sequence[Epoch]) -> None:
      bar.set_description_str(count(epochs_done), refresh=False)
      if results:
        text = describe(results, labels_trusted=labels_trusted)
        bar.set_postfix_str(text, refresh=False)
      bar.update(epochs_done - bar.n)

    yield move


def describe(results: Sequence[Epoch], *, labels_trusted: bool) -> str:
  """The results of an epoch in words, as means over the seeds."""
  noisy, clean = ("noisy ", "clean ") if labels_trusted else ("", "")
  shares = {
    "validation": "validation_accuracy",
    f"{clean}test": "test_accuracy",
    f"{noisy}train": "train_accuracy",
  }
  means = {title: _mean(results, name) for title, name in shares.items()}
  rate = sum(result.images_per_second for result in results)
  # A narrow terminal cuts a bar at its end.
  shown = [f"{title} {mean:.1%}" for title, mean in means.items() if mean is not None]
  shown += [f"loss {_mean(results, 'loss'):.3f}", f"{rate:,.0f} examples/s"]
  return "  ".join(shown)


def _mean(results, name):
  values = [getattr(result, name) for result in results]
  return None if None in values else sum(values) / len(values)
