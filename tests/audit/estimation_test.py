import numpy as np
import pytest

from noisy_jax import noise
from noisy_jax.audit.estimation import estimate, posterior

N, K, RATE = 6000, 6, 0.25


def calibrated(sharpness, seed=0):
  """Probabilities p, right classes drawn from p, and labels with symmetric noise."""
  rng = np.random.default_rng(seed)
  p = rng.dirichlet(np.full(K, 1 / sharpness), N)
  right = (rng.random(N)[:, None] < p.cumsum(axis=1)).argmax(axis=1)
  wrong = (right + rng.integers(1, K, N)) % K
  labels = np.where(rng.random(N) < RATE, wrong, right)
  return p, right, labels


def declared(p, labels, joint):
  """As many labels as the confident joint finds wrong, by the lowest margins."""
  logs = np.log(np.maximum(p, 1e-30))
  own = logs[np.arange(N), labels]
  rest = np.where(np.eye(K, dtype=bool)[labels], -np.inf, logs).max(axis=1)
  order = np.argsort(own - rest, kind="stable")
  found = np.zeros(N, bool)
  found[order[: round(N - np.trace(joint))]] = True
  return found


@pytest.mark.parametrize("sharpness", [5, 20])
def test_the_truth_lies_in_the_intervals_for_calibrated_probabilities(sharpness):
  p, right, labels = calibrated(sharpness)
  joint = noise.confident_joint(p, labels)
  flags = declared(p, labels, joint)
  found = estimate(p, labels, joint, flags)
  assert found.noise_rate.value == pytest.approx(1 - np.trace(joint) / N)
  # The labels are a sample.
  assert found.noise_rate.low - 0.01 < (labels != right).mean() < found.noise_rate.high
  alarms = int((flags & (labels == right)).sum())
  assert found.false_alarms.low - 0.01 * N < alarms < found.false_alarms.high + 0.01 * N
  assert found.false_alarms.low <= found.false_alarms.value <= found.false_alarms.high
  assert found.unlearned.size == 0


def test_the_ends_of_the_intervals_are_those_of_the_estimates():
  p, _, labels = calibrated(5)
  joint = noise.confident_joint(p, labels)
  flags = declared(p, labels, joint)
  found = estimate(p, labels, joint, flags)
  right = posterior(p, labels, noise.confident_joint(p, labels))[np.arange(N), labels]
  rates = [1 - np.trace(joint) / N, 1 - right.mean(), (p.argmax(axis=1) != labels).mean()]
  assert found.noise_rate.low == pytest.approx(min(rates[:2]))
  assert found.noise_rate.high == pytest.approx(max(rates))
  assert right[flags].sum() == pytest.approx(
    max(found.false_alarms.low, found.false_alarms.high), abs=1e-6
  )


@pytest.mark.parametrize("power", [1, 2])
def test_the_posterior_is_that_of_the_model_whatever_the_temperature(power):
  p, _, labels = calibrated(5)
  given = p**power / (p**power).sum(axis=1, keepdims=True)
  found = posterior(given, labels, noise.confident_joint(given, labels))
  np.testing.assert_allclose(found.sum(axis=1), 1)
  # By Bayes, from the probabilities and the noise that made the labels.
  expected = np.empty((N, K))
  for i in range(N):
    for k in range(K):
      expected[i, k] = p[i, k] * (1 - RATE if k == labels[i] else RATE / (K - 1))
    expected[i] /= expected[i].sum()
  assert abs(found - expected).mean() < 0.01
  assert found[np.arange(N), labels].mean() == pytest.approx(1 - RATE, abs=0.015)


def test_a_class_that_the_network_has_not_learned_is_noticed():
  p, right, labels = calibrated(60)
  # It takes the last class for the first.
  p[:, 0] += p[:, -1]
  p[:, -1] = 0
  joint = noise.confident_joint(p, labels)
  flags = declared(p, labels, joint)
  found = estimate(p, labels, joint, flags)
  assert found.unlearned.tolist() == [K - 1]
  # Both estimates take a class of right labels for wrong ones; the lower end does not.
  rate = (labels != right).mean()
  assert found.noise_rate.low == pytest.approx(rate, abs=0.03)
  assert found.noise_rate.value > rate + 0.1
  alarms = int((flags & (labels == right)).sum())
  assert found.false_alarms.low < alarms
  assert found.false_alarms.high == pytest.approx(alarms, rel=0.15)


def test_the_number_of_false_alarms_is_the_middle_of_its_interval():
  rng = np.random.default_rng(0)
  labels = np.repeat(np.arange(3), (10, 10, 2))
  # All of the last class are declared, and a few others.
  flags = np.isin(np.arange(22), (3, 8, 15, 20, 21))
  ends = set()
  for _ in range(40):
    p = rng.dirichlet(np.ones(3), 22)
    found = estimate(p, labels, noise.confident_joint(p, labels), flags)
    assert found.unlearned.tolist() == [2]
    alarms = found.false_alarms
    assert alarms.value == pytest.approx((alarms.low + alarms.high) / 2)
    ends.add(alarms.high == 5)
  assert ends == {True, False}
