"""OGC against its formulas in float64 numpy, with the mixture of scikit-learn."""

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from sklearn.mixture import GaussianMixture

from noisy_jax import losses, methods
from tests.methods.batches import K, called, gradient, numeric_gradient, softmax

LOW, HIGH = 1e-7, 1 - 1e-7
GCE = "gce(q=0.4)"
VALUES = {"ce": lambda p: -np.log(p), GCE: lambda p: (1 - p**0.4) / 0.4}
SLOPES = {"ce": lambda p: 1 / p, GCE: lambda p: p ** (0.4 - 1)}


def ratio_of(surprises, slope):
  """Function from a threshold to the ratio of clipped slopes, wrong labels to right."""
  split = [[part.mean()] for part in np.split(np.sort(surprises), 2)]
  mixture = GaussianMixture(2, tol=1e-9, max_iter=10_000, means_init=split)
  mixture.fit(surprises[:, None])
  means, stds = mixture.means_[:, 0], np.sqrt(mixture.covariances_[:, 0, 0])
  ends = -np.log([HIGH, LOW])
  grid = np.linspace(*ends, 1000)
  densities = [
    scipy.stats.truncnorm.pdf(grid, *(ends - means[i]) / stds[i], means[i], stds[i])
    for i in np.argsort(means)
  ]

  def ratio(threshold):
    clipped = np.minimum(slope(np.exp(-grid)), slope(threshold))
    right, wrong = ((d * clipped).mean() / d.mean() for d in densities)
    return wrong / right

  return ratio


@pytest.mark.parametrize("rate", [0.1, 0.001])
@pytest.mark.parametrize("text", VALUES)
def test_the_threshold_leaves_wrong_labels_the_slope_that_the_rate_admits(text, rate):
  rng = np.random.default_rng(0)
  surprises = np.abs(np.r_[rng.normal(0.4, 0.3, 700), rng.normal(3.0, 1.0, 500)])
  rng.shuffle(surprises)
  method = methods.ogc(losses.parse(text), strength=8.0, size=1000, period=3)
  shared = method.init(np.zeros(9, np.int32), K).shared
  thresholds = []
  for batch in map(jnp.float32, np.split(surprises, 6)):
    shared = method.after_step(shared, batch, jnp.float32(rate))
    thresholds.append(float(shared.threshold))
  # After six steps, the fit is to the examples of the last five.
  assert thresholds[:5] == [np.float32(LOW)] * 5
  np.testing.assert_allclose(shared.surprises, surprises[200:], rtol=1e-6)
  ratio, found = ratio_of(surprises[200:], SLOPES[text]), thresholds[5]
  # Ten halvings of the range, and the rounding of the fit.
  assert ratio(found - 0.003) > 1 + 8 * rate > ratio(min(found + 0.003, HIGH))


@pytest.mark.parametrize("bias", [0.0, 0.7])
@pytest.mark.parametrize("text", VALUES)
def test_below_the_threshold_the_loss_is_its_tangent(batch, text, bias):
  logits, labels = batch
  logits = np.float64(np.float32(logits))
  loss = losses.parse(text)
  method = methods.ogc(losses.with_logit_bias(loss, bias) if bias else loss)
  state = method.init(np.zeros(9, np.int32), K)
  own = softmax(logits)[np.arange(4), labels]
  c = float(np.float32(np.sort(own)[1:3].mean()))  # two on either side
  state = state._replace(shared=state.shared._replace(threshold=jnp.float32(c)))

  def of_p(p):
    return VALUES[text](p * np.exp(bias) / (p * np.exp(bias) + 1 - p))

  slope = -(of_p(c + 1e-6) - of_p(c - 1e-6)) / 2e-6

  def clipped(z):
    p = softmax(z)[np.arange(4), labels]
    return np.where(p > c, of_p(p), of_p(c) + slope * (c - p))

  values, surprises = called(method, state, logits, labels)
  np.testing.assert_allclose(values, clipped(logits), rtol=1e-4)
  np.testing.assert_allclose(surprises, -np.log(own), rtol=1e-5)
  expected = numeric_gradient(lambda z: clipped(z).sum(), logits)
  actual = gradient(method, state, logits, labels)
  np.testing.assert_allclose(actual, expected, atol=1e-4)


def test_around_cross_entropy_it_is_partially_huberised(batch):
  logits, labels = batch
  method = methods.ogc(losses.cross_entropy)
  state = method.init(np.zeros(9, np.int32), K)
  state = state._replace(shared=state.shared._replace(threshold=jnp.float32(0.25)))
  values, _ = called(method, state, logits, labels)
  expected = losses.phuber_ce(jnp.float32(logits), labels, tau=4.0)
  np.testing.assert_allclose(values, expected, rtol=1e-5)


@pytest.mark.parametrize("values", [np.zeros(64), np.full(64, 200.0), np.eye(64)[0]])
def test_a_fit_to_hardly_a_mixture_is_a_threshold(values):
  method = methods.ogc(losses.cross_entropy, size=64, period=1)
  shared = method.init(np.zeros(9, np.int32), K).shared
  shared = method.after_step(shared, jnp.float32(values), jnp.float32(0.1))
  assert 0 < shared.threshold < 1


@pytest.mark.parametrize(
  "loss", [losses.parse("ce + nce"), losses.with_logit_clip(losses.mae, 1.0), print]
)
def test_a_loss_of_more_than_the_label_is_refused(loss):
  with pytest.raises(ValueError, match=r"^loss: .*, must be a function of the label's p"):
    methods.ogc(loss)
