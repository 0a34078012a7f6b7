import jax
import numpy as np

from experiments.paper import figures as command
from noisy_jax import analysis, losses
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
  titles = [few.get_title("left"), many.get_title("left")]
  assert titles == ["(a) $K$ = 10", "(b) $K$ = 1,000"]
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
  published = losses.published_loss("nce+agce", "cifar10")
  scaled = losses.parse(few[r"NCE+AGCE $\times$ 0.5"])
  assert [term.weight for term in scaled.terms] == [t.weight / 2 for t in published.terms]
  assert losses.parse(many["NCE+AGCE"]) == losses.published_loss("nce+agce", "webvision")
  for expression in command._LOSSES.values():
    losses.parse(expression)


def test_the_chosen_q_lies_where_the_curve_meets_the_target():
  (axes,) = command.figure_3(few=10, many=40).axes
  target = line(axes, "target").get_ydata()[0]
  expected = analysis.average_error(losses.gce, 10, 0.0, key=jax.random.key(0))
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
