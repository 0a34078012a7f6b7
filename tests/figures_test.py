"""The figures carry the numbers they are given, and the command that writes them."""

import os
import subprocess
import sys

import jax
import matplotlib.image
import numpy as np
import pytest
from absl import flags

from experiments.paper import figures as command
from noisy_jax import analysis, losses, noise, training
from noisy_jax.analysis import figures

Z = np.linspace(-4.0, 10.0, 57)
LOGITS = np.random.default_rng(0).normal(0.1, 0.5, (3, 100, 20))


def line(axes, label):
  (found,) = [line for line in axes.get_lines() if line.get_label() == label]
  return found


def texts(axes):
  return [text.get_text() for text in axes.texts]


def histogram_mean(axes):
  """The mean of what a histogram shows."""
  heights = np.array([bar.get_height() for bar in axes.patches])
  middles = np.array([bar.get_x() + bar.get_width() / 2 for bar in axes.patches])
  return np.average(middles, weights=heights)


def test_error_by_classes_draws_each_curve_over_the_histogram():
  curves = {10: np.exp(-((Z - 2) ** 2)), 1000: np.exp(-((Z - 6) ** 2))}
  figure = figures.error_by_classes(Z, curves, LOGITS, loss="MAE")
  axes, density = figure.axes
  for classes, label in ((10, "$K$ = 10"), (1000, "$K$ = 1,000")):
    np.testing.assert_array_equal(line(axes, label).get_xdata(), Z)
    np.testing.assert_array_equal(line(axes, label).get_ydata(), curves[classes])
    assert label in texts(axes)
  np.testing.assert_allclose(histogram_mean(density), LOGITS.mean(), atol=0.02)
  assert axes.get_zorder() > density.get_zorder()
  assert "MAE" in axes.get_ylabel()


def test_error_by_losses_has_a_panel_for_each_number_of_classes():
  curves = {name: np.exp(-((Z - k) ** 2)) for k, name in enumerate(["CE", "MAE", "GCE"])}
  panels = [
    figures.LossesPanel(10, curves, LOGITS),
    figures.LossesPanel(1000, curves, LOGITS, 4.5, "GCE"),
  ]
  figure = figures.error_by_losses(Z, panels)
  few, many, few_density, many_density = figure.axes
  for axes in (few, many):
    for name, curve in curves.items():
      np.testing.assert_array_equal(line(axes, name).get_ydata(), curve)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == list(curves)
    looks = [(line.get_color(), str(line.get_linestyle())) for line in axes.get_lines()]
    assert len(set(looks)) == len(curves)
  assert [few.get_title("left"), many.get_title("left")] == [
    "(a) $K$ = 10",
    "(b) $K$ = 1,000",
  ]
  assert texts(few_density) == ["initial logits"]
  assert texts(many_density) == ["initial logits", "with GCE's\nbias 4.50"]
  outline = many_density.patches[-1].get_xy()
  peak = outline[outline[:, 1].argmax(), 0]
  np.testing.assert_allclose(peak, LOGITS.mean() + 4.5, atol=0.3)


def test_a_single_panel_has_no_letter():
  panel = figures.LossesPanel(100, {"MAE": np.exp(-((Z - 4) ** 2))}, LOGITS, 2.5)
  assert figures.error_by_losses(Z, [panel]).axes[0].get_title("left") == "$K$ = 100"


def test_every_loss_has_a_panel_with_its_share_of_the_first_curve():
  names = ["ce", "mae", "gce", "nce", "ael"]
  curves = {
    name: {10: (k + 1) * np.exp(-((Z - k) ** 2)), 1000: np.exp(-((Z - k - 3) ** 2))}
    for k, name in enumerate(names)
  }
  figure = figures.error_of_every_loss(Z, curves, LOGITS, columns=3)
  panels = [axes for axes in figure.axes if axes.axison]
  assert [axes.get_title("left") for axes in panels] == names
  for axes, by_classes in zip(panels, curves.values(), strict=True):
    for classes, label in ((10, "$K$ = 10"), (1000, "$K$ = 1,000")):
      share = by_classes[classes] / by_classes[10].max()
      np.testing.assert_allclose(line(axes, label).get_ydata(), share)
  # One below which the last row has no panel still has numbers on its axis.
  above_the_gap = figure.axes[2]
  assert any(tick.label1.get_visible() for tick in above_the_gap.xaxis.get_major_ticks())
  (legend,) = figure.legends
  assert len(legend.get_texts()) == 3


def test_published_sums_are_those_that_the_labels_promise():
  few, many = command._NCE_AGCE.values()
  published = losses.published("nce+agce", "cifar10")
  scaled = losses.parse(few[r"NCE+AGCE $\times$ 0.5"])
  assert [term.weight for term in scaled.terms] == [t.weight / 2 for t in published.terms]
  assert losses.parse(many["NCE+AGCE"]) == losses.published("nce+agce", "webvision")
  for expression in command._LOSSES.values():
    losses.parse(expression)


def test_the_chosen_q_lies_where_the_curve_meets_the_target():
  (axes,) = command.figure_3(few=10, many=40).axes
  target = line(axes, "target").get_ydata()[0]
  expected = analysis.average_error(
    losses.parse("gce(q=0.7)"), 10, 0.0, key=jax.random.key(0)
  )
  np.testing.assert_allclose(target, -expected.mean, rtol=1e-5)
  dots = {
    line.get_color(): line.get_xdata()[0]
    for line in axes.get_lines()
    if line.get_marker() == "o"
  }
  for label in ("$K$ = 10", "$K$ = 40"):
    curve = line(axes, label)
    root = dots[curve.get_color()]
    at_root = np.interp(root, curve.get_xdata(), np.log(curve.get_ydata()))
    np.testing.assert_allclose(at_root, np.log(target), atol=2e-3)
  assert dots[line(axes, "$K$ = 40").get_color()] < 0.6
  assert texts(axes)[0] == f"target {target:.2g}, kept from $K$ = 10"


def test_the_logit_bias_stands_beside_its_formula():
  (axes,) = command.figure_4(classes=(2, 10, 100)).axes
  formula = line(axes, "$\\ln((K - 1) / 9)$")
  k = formula.get_xdata()
  np.testing.assert_allclose(k[[0, -1]], [10, 100])
  np.testing.assert_allclose(formula.get_ydata(), np.log((k - 1) / 9), atol=1e-12)
  eps = line(axes, "$\\epsilon$ of MAE, calculated")
  np.testing.assert_array_equal(eps.get_xdata(), [2, 10, 100])
  bias = analysis.calibration.logit_bias(losses.mae, 100).value
  np.testing.assert_array_equal(eps.get_ydata(), [0, 0, bias])
  assert f"{bias:.2f}" in texts(axes)


def test_ticks_have_thousands_separators():
  (axes,) = figures.logit_bias_by_classes({2: 0.0, 10: 0.0, 10_000: 7.1}).axes
  assert [tick.get_text() for tick in axes.get_xticklabels()] == ["2", "10", "10,000"]


def test_initial_logits_come_with_their_normal_fit_one_panel_a_network():
  figure = figures.initial_logit_density({"one": LOGITS, "other": 3 * LOGITS})
  for axes, logits in zip(figure.axes, (LOGITS, 3 * LOGITS), strict=True):
    fit = line(axes, "normal fit")
    z, density = fit.get_data()
    np.testing.assert_allclose(z[density.argmax()], logits.mean(), atol=z[1] - z[0])
    np.testing.assert_allclose(np.trapezoid(density, z), 1, atol=1e-3)
    std = np.sqrt(np.trapezoid(density * (z - logits.mean()) ** 2, z))
    np.testing.assert_allclose(std, logits.std(), rtol=5e-3)
    np.testing.assert_allclose(histogram_mean(axes), logits.mean(), atol=0.02)
  fit = f"other\nmean {3 * LOGITS.mean():.2f}, std {3 * LOGITS.std():.2f}"
  assert figure.axes[1].get_title().startswith(f"{fit}, off normal by ")


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


def test_labels_as_given_are_called_neither_noisy_nor_clean():
  rows = [epoch_row(1, memorised=None, corrected=None)]
  figure = figures.training_curves(rows, title="", labels_trusted=False)
  for axes in figure.axes:
    assert {line.get_label() for line in axes.get_lines()} == {"train", "test"}


def test_scheduled_numbers_have_an_axis_of_their_own():
  rows = [epoch_row(epoch, scheduled={"logit_bias": 3.0 - epoch}) for epoch in (1, 2, 3)]
  *_, beside = figures.training_curves(rows, title="").axes
  (bias,) = beside.get_lines()
  np.testing.assert_array_equal(bias.get_ydata(), [2, 1, 0])
  assert beside.get_ylabel() == "logit bias (dotted)"
  # Nothing of a run where no number changes.
  assert len(figures.training_curves([epoch_row(1, scheduled=None)], title="").axes) == 2


def test_without_wrong_labels_nothing_is_said_of_them(tmp_path):
  figure = figures.training_curves([epoch_row(1, memorised=None, corrected=None)], title="")
  _, shares = figure.axes
  assert {line.get_label() for line in shares.get_lines()} == {"noisy train", "clean test"}
  assert line(shares, "clean test").get_marker() == "o"
  figure.savefig(tmp_path / "curves.png")
  assert matplotlib.image.imread(tmp_path / "curves.png").std() > 0


def run(*arguments):
  """Runs main with these flags; returns its message if it exits with one."""
  flags.FLAGS.unparse_flags()
  for name in (*command._SETTINGS, "figure", "out_dir", "data_dir"):
    flags.FLAGS[name].unparse()
  try:
    command.main(flags.FLAGS(["figures", *arguments]))
  except SystemExit as error:
    return error.code
  return None


def test_command_writes_both_files_and_the_same_bytes_again(tmp_path, capsys):
  for name in ("first", "second"):
    assert run("--figure=5", f"--out_dir={tmp_path}/{name}") is None
  first, second = (
    {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
    for name in ("first", "second")
  )
  assert first.keys() == {"figure5.png", "figure5.svg"}
  assert first == second
  assert b"<dc:date>" not in first["figure5.svg"]
  assert matplotlib.image.imread(tmp_path / "first" / "figure5.png").shape[1] == 1400
  assert f"{tmp_path}/first/figure5.svg" in capsys.readouterr().out


@pytest.mark.parametrize(
  "arguments, message",
  [
    (
      ["--figure=6"],
      "error: figure: '6', must be one of 1, 2, 3, 4, 5, losses, pulls, noise, all",
    ),
    (
      ["--figure="],
      "error: figure: '', must be one of 1, 2, 3, 4, 5, losses, pulls, noise, all",
    ),
    (["--out_dir=file"], "error: out_dir: "),
    (["5"], "error: unexpected argument '5'; settings are given as --name=value"),
  ],
)
def test_bad_flags_get_one_line(arguments, message, tmp_path, monkeypatch, capsys):
  monkeypatch.chdir(tmp_path)
  (tmp_path / "file").write_text("")
  code = run(*arguments)
  assert code.startswith(message)
  assert "\n" not in code
  assert capsys.readouterr().out == ""
  assert [path.name for path in tmp_path.iterdir()] == ["file"]


def parts_of(figure):
  """The axes of the matrix, and those of the examples."""
  (matrix,) = [axes for axes in figure.axes if axes.get_xlabel() == "noisy label"]
  return matrix, [axes for axes in figure.axes if axes.get_xlabel().startswith("→ ")]


def pairs_flipped(num_classes, per_class=10):
  """Labels of which 40 % are the next class, and images whose shade is their index."""
  clean = np.arange(per_class * num_classes, dtype=np.int32) % num_classes
  matrix = noise.pairflip_matrix(num_classes, 0.4)
  labels = noise.from_matrix(clean, matrix, key=jax.random.key(0))
  shades = np.arange(len(clean), dtype=np.float32) / len(clean)
  return labels, np.tile(shades[:, None, None, None], (1, 4, 4, 1))


def test_noise_shows_its_matrix_and_where_labels_went():
  names = ("ash", "$beech$", "a_cedar_of_lebanon")
  labels, images = pairs_flipped(3)
  figure = figures.label_noise(labels, images, class_names=names, title="a $ and a $")
  matrix, examples = parts_of(figure)
  np.testing.assert_array_equal(matrix.get_images()[0].get_array(), labels.matrix)
  shown = ["ash", "$beech$", "a_cedar_of_l…"]
  assert [tick.get_text() for tick in matrix.get_xticklabels()] == shown
  assert [tick.get_text() for tick in matrix.get_yticklabels()] == shown
  assert sorted(texts(matrix)) == 3 * [".40"] + 3 * [".60"]
  assert len(examples) == labels.flipped.sum() == 12
  for axes in examples:
    shade = axes.get_images()[0].get_array()[0, 0]
    index = round(float(shade) * len(images))
    assert axes.get_title() == shown[labels.clean[index]]
    assert axes.get_xlabel() == f"→ {shown[labels.noisy[index]]}"
    assert labels.flipped[index]
  figure.draw_without_rendering()  # a dollar would be read as a formula here


def test_examples_of_wrong_labels_come_from_all_classes():
  labels, images = pairs_flipped(1000, per_class=5)
  matrix, examples = parts_of(figures.label_noise(labels, images))
  shown = [int(axes.get_title()) for axes in examples]
  assert len(shown) == 24
  assert shown == sorted(shown)
  assert max(np.diff([0, *shown, 999])) < 50
  # A cell shows the largest share of 5 x 5: nothing is lost between two pixels.
  cells = np.asarray(matrix.get_images()[0].get_array())
  blocks = labels.matrix.reshape(200, 5, 200, 5)
  np.testing.assert_array_equal(cells, blocks.max((1, 3)))
  assert texts(matrix) == []


def test_foreign_images_and_absent_classes_are_shown_as_such():
  clean = np.array([0, 0, 2, 2], np.int32)
  labels = noise.NoisyLabels(clean.copy(), clean, 3)
  foreign = np.array([False, True, False, True])
  images = np.zeros((4, 5, 5, 3), np.uint8)
  matrix, examples = parts_of(figures.label_noise(labels, images, foreign=foreign))
  assert [axes.get_title() for axes in examples] == ["foreign", "foreign"]
  assert [axes.get_xlabel() for axes in examples] == ["→ 0", "→ 2"]
  drawn = matrix.get_images()[0].get_array()
  np.testing.assert_array_equal(np.ma.getmaskarray(drawn)[:, 0], [False, True, False])


def test_noise_needs_no_flags_and_takes_those_of_training(tmp_path, monkeypatch):
  seen = []
  monkeypatch.setattr(command.figures, "label_noise", lambda *_, **kw: seen.append(kw))
  monkeypatch.setattr(command.figures, "save", lambda figure, out_dir, name: [name])
  assert run("--figure=noise", f"--out_dir={tmp_path}") is None
  arguments = ["--dataset=digits4", "--noise=open_set:1", "--noise_rate=0.2"]
  assert run("--figure=noise", f"--out_dir={tmp_path}", *arguments) is None
  example, asked = seen
  assert example["title"] == "digits10, pairflip: 40.0% wrong labels"
  assert example["class_names"] == tuple("0123456789")
  assert asked["title"] == "digits4, open_set:1: 20.0% foreign images"
  assert asked["foreign"].mean() == pytest.approx(0.2, abs=1e-4)


@pytest.mark.parametrize(
  "arguments, message",
  [
    (["--noise=humann"], "error: noise: unknown 'humann'; known: symmetric"),
    (["--dataset=digits10"], "error: noise_rate: 0 gives no wrong labels to show"),
    (["--dataset=folder:/no", "--noise_rate=0.4"], "error: dataset: folder:/no, there is"),
  ],
)
def test_noise_that_cannot_be_shown_gets_one_line(arguments, message, tmp_path):
  code = run("--figure=noise", f"--out_dir={tmp_path}", *arguments)
  assert code.startswith(message)
  assert "\n" not in code


def test_all_figures_are_those_of_the_paper(tmp_path, monkeypatch):
  saved = []
  monkeypatch.setattr(command, "_draw", lambda name: name)
  monkeypatch.setattr(
    command.figures, "save", lambda figure, out_dir, name: saved.append(name) or []
  )
  assert run("--figure=all", f"--out_dir={tmp_path}") is None
  assert saved == ["figure1", "figure2", "figure3", "figure4", "figure5"]


def test_titles_need_not_be_text_nor_mathematics():
  row = dict.fromkeys(training.METRICS, 0.5) | {"epoch": 1, "scheduled": None}
  figure = figures.training_curves([row], title="npz:/$_{\udcff")
  figure.canvas.draw()
  assert figure.get_suptitle() == "npz:/$_{\\udcff"


@pytest.mark.parametrize(
  "named, kept", [("module://matplotlib_inline.backend_inline", None), ("svg", "svg")]
)
def test_figures_need_no_backend_that_a_variable_names(named, kept, tmp_path):
  # A kernel sets it for the commands of its cells too, whose environment may be another.
  script = f"""if True:
    import os, sys
    sys.modules["matplotlib_inline"] = None
    from noisy_jax.analysis import figures
    figure = figures.logit_bias_by_classes({{10: 0.0, 100: 2.5}})
    figures.save(figure, {str(tmp_path)!r}, "x")
    import matplotlib
    print(os.environ["MPLBACKEND"], matplotlib.rcParams._get_backend_or_none())
    print("matplotlib.pyplot" in sys.modules)
  """
  done = subprocess.run(
    [sys.executable, "-c", script],
    capture_output=True,
    text=True,
    env={**os.environ, "MPLBACKEND": named},
  )
  assert done.stderr == ""
  assert done.stdout == f"{named} {kept}\nFalse\n"
  assert matplotlib.image.imread(tmp_path / "x.png").shape[1] == 1400
