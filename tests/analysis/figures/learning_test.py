import matplotlib.image
import numpy as np
import pytest

from noisy_jax import training
from noisy_jax.analysis import figures


def line(axes, label):
  (found,) = [line for line in axes.get_lines() if line.get_label() == label]
  return found


def epoch_row(epoch, **values):
  return (
    dict(
      epoch=epoch,
      loss=3.0 / epoch,
      test_loss=4.0 / epoch,
      train_accuracy=0.1 * epoch,
      test_accuracy=0.2 * epoch,
      memorised=0.05 * epoch,
      corrected=0.15 * epoch,
    )
    | values
  )


def test_training_curves_draw_each_number_against_the_epoch():
  rows = [epoch_row(epoch) for epoch in (1, 2, 3)]
  losses_, shares = figures.training_curves(rows, title="title").axes
  expected = {
    losses_: {"noisy train": ("loss", 1), "clean test": ("test_loss", 1)},
    shares: {
      "noisy train": ("train_accuracy", 100),
      "clean test": ("test_accuracy", 100),
      "wrong labels memorised": ("memorised", 100),
      "wrong labels corrected": ("corrected", 100),
    },
  }
  for axes, lines in expected.items():
    assert len(axes.get_lines()) == len(lines)
    for label, (name, factor) in lines.items():
      np.testing.assert_array_equal(line(axes, label).get_xdata(), [1, 2, 3])
      values = [factor * row[name] for row in rows]
      np.testing.assert_allclose(line(axes, label).get_ydata(), values)


@pytest.mark.parametrize("epochs", [1, 3])
def test_numbers_that_change_have_an_axis_which_names_their_lines(epochs):
  biases, qs = [3.0, 1.5, 0.0][:epochs], [0.4, 0.7, 1.0][:epochs]
  rows = [
    epoch_row(epoch, scheduled={"logit_bias": bias, "gce.q": q})
    for epoch, bias, q in zip(range(1, epochs + 1), biases, qs, strict=True)
  ]
  losses_, _, beside = figures.training_curves(rows, title="").axes
  assert losses_.get_ylabel() == "mean loss"
  assert beside.get_ylabel() == "logit bias (dotted), gce.q (dashdot)"
  for drawn, values, dashes in zip(
    beside.get_lines(), (biases, qs), (":", "-."), strict=True
  ):
    np.testing.assert_array_equal(drawn.get_ydata(), values)
    assert drawn.get_linestyle() == dashes
    assert (drawn.get_marker() == "o") == (epochs == 1)


@pytest.mark.parametrize("epochs", [1, 2, 3, 120])
def test_ticks_of_epochs_are_whole(epochs):
  rows = [epoch_row(epoch) for epoch in range(1, epochs + 1)]
  x, values = np.arange(1, epochs + 1), np.linspace(0.1, 0.2, epochs)
  panel = figures.ResultsPanel("digits10", {"CE": figures.Curve(x, values, values)})
  drawn = figures.results_by_loss([panel], x_label="epoch", y_label="accuracy")
  for axes in (*figures.training_curves(rows, title="").axes, drawn.axes[0]):
    low, high = axes.get_xlim()
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert ticks
    assert all(tick == round(tick) for tick in ticks)


def test_labels_as_given_are_called_neither_noisy_nor_clean_and_right_ones_not_wrong(
  tmp_path,
):
  rows = [epoch_row(1, memorised=None, corrected=None)]
  figure = figures.training_curves(rows, title="", labels_trusted=False)
  for axes in figure.axes:
    assert {line.get_label() for line in axes.get_lines()} == {"train", "test"}
  figure = figures.training_curves([epoch_row(1, memorised=None, corrected=None)], title="")
  _, shares = figure.axes
  assert {line.get_label() for line in shares.get_lines()} == {"noisy train", "clean test"}
  assert line(shares, "clean test").get_marker() == "o"
  figure.savefig(tmp_path / "curves.png")
  assert matplotlib.image.imread(tmp_path / "curves.png").std() > 0


def test_scheduled_numbers_have_an_axis_of_their_own():
  rows = [epoch_row(epoch, scheduled={"logit_bias": 3.0 - epoch}) for epoch in (1, 2, 3)]
  *_, beside = figures.training_curves(rows, title="").axes
  (bias,) = beside.get_lines()
  np.testing.assert_array_equal(bias.get_ydata(), [2, 1, 0])
  assert beside.get_ylabel() == "logit bias (dotted)"
  # Nothing of a run where no number changes.
  assert len(figures.training_curves([epoch_row(1, scheduled=None)], title="").axes) == 2


def test_titles_need_not_be_text_nor_mathematics():
  row = dict.fromkeys(training.METRICS, 0.5) | {"epoch": 1, "scheduled": None}
  figure = figures.training_curves([row], title="npz:/$_{\udcff")
  figure.canvas.draw()
  assert figure.get_suptitle() == "npz:/$_{\\udcff"
