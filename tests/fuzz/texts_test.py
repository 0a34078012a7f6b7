import re
import unicodedata

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from noisy_jax import data, losses, training
from noisy_jax.training import label_noise, optimizer
from tests.fuzz.malformed import accepted, texts

LOGITS = np.array([[0.5, -1.0, 2.0, 0.1], [0.0, 0.0, 0.0, 0.0]], np.float32)
LABELS = np.array([1, 3])


@given(
  texts(
    *("ce", "gce(q=0.3)", "gce(q=auto)", "10*nce + 0.1*agce(a=1.8, q=3)", "-ce+2*mae"),
    *("ls(alpha=0.1)", "sce(alpha=0.1, beta=1)", "nfl(gamma=0.5, detach=True) + mae"),
    *("bi_tempered(t1=0.8, t2=1.2)", "0.5*(nce + mae)", "ael(a=2.5)", "published:gce"),
  )
)
@example("ce # + mae")
@example("ce\\\n+ mae")
@example("\uff43\uff45")
@example("1if 1else 2*ce")
@example("'\\d'*ce")
@example("ce:=mae")
@example("1e308*10*ce")
def test_losses(text):
  loss = accepted(lambda: losses.parse(text), ["loss"])
  if loss is None:
    return
  again = losses.parse(str(loss))
  assert (again, str(again)) == (loss, str(loss))
  words = re.findall(r"[a-z_]+", unicodedata.normalize("NFKC", text))
  assert len(loss.terms) == sum(word in losses.NAMES for word in words)
  numbers = [value for term in loss.terms for _, value in term.keywords]
  # Beyond this float32 may overflow, and training then says that the loss is infinite.
  if loss.is_open or any(abs(number) > 100 for number in numbers):
    return
  total = np.zeros(2)
  for term in loss.terms:
    value = losses.NAMES[term.name](LOGITS, LABELS, **dict(term.keywords))
    assert np.isfinite(value).all()
    total += term.weight * np.asarray(value, np.float64)
  if np.abs(total).max() < 1e30:
    np.testing.assert_allclose(loss(LOGITS, LABELS), total, rtol=1e-3, atol=1e-3)


@pytest.fixture(scope="module")
def digits():
  return data.digits(4, train_size=400, test_size=20)


@given(
  texts(
    *(
      "symmetric",
      "symmetric_including_true",
      "pairflip",
      "asymmetric:mnist",
      "human:worse",
    ),
    *("asymmetric:cifar10_in_turn", "instance", "instance:raw", "matrix:m.npy"),
    *("file:l.npy", "file:l.pt::noisy", "open_set:1", "open_set:digits10"),
  ),
  st.sampled_from([0.0, 0.4, 0.999, 1e-12]),
)
def test_noise(digits, text, rate):
  def make():
    config = training.TrainConfig(dataset="digits4", noise=text, noise_rate=rate)
    return label_noise.make(config.parts.noise, digits, config.parts.data)

  noisy = accepted(make, ["noise"], text)
  if noisy is None:
    return
  labels = noisy.labels
  assert 0 <= labels.noisy.min() <= labels.noisy.max() < noisy.dataset.num_classes
  if noisy.foreign is not None:
    assert noisy.foreign.mean() == pytest.approx(rate, abs=0.01)
  else:
    expected = 0.75 * rate if text == "symmetric_including_true" else rate
    # The rates of images are normal ones, cut off at 1.
    tolerance = 0.1 if text.startswith("instance") else 0.06
    assert labels.rate == pytest.approx(expected, abs=tolerance)


@given(texts("exp:1", "exp:10", "exp:2.5", "exp:100"))
def test_imbalance(digits, text):
  thinned = accepted(lambda: data.imbalance(digits, data.parse_imbalance(text)), ["imb"])
  if thinned is None:
    return
  ratio = float(text.removeprefix("exp:"))
  before, after = (data.class_counts(x.train_labels, 4) for x in (digits, thinned))
  expected = np.minimum(before, before.max() * ratio ** (-np.arange(4) / 3))
  assert (np.abs(after - expected) < 1 + 1e-6).all()


@given(texts("none", "cifar10", "cifar100", "mnist", "crop+flip", "rotate+cutout"))
@example("+".join(["flip"] * 2000))
def test_augmentation(text):
  augment = accepted(lambda: data.parse_augmentation(text), ["augmentation"])
  if augment is None:
    return
  assert data.parse_augmentation(str(augment)) == augment
  images = np.zeros((2, 5, 6, 1), np.uint8)
  keys = data.example_keys(jax.random.key(0), jnp.arange(2))
  result = jax.eval_shape(augment, keys, images) if augment.names else images
  assert (result.shape, result.dtype) == (images.shape, images.dtype)


@given(texts("cosine", "cosine:0.001", "steps:1,2:0.1", "exponential:0.97", "constant"))
@example("steps:1:1e-50")
@example("exponential:1e-400")
def test_schedules(text):
  def rates():
    rate = optimizer.parse_schedule(text).rates(0.1, 4, 10)
    return np.array([rate(step) for step in range(0, 40, 5)])

  found = accepted(rates, ["schedule"])
  if found is None:
    return
  assert np.isfinite(found).all()
  assert (found >= 0).all()
  name, _, rest = text.partition(":")
  epochs = np.arange(0, 40, 5) // 10
  factors = np.ones(8)
  if name == "exponential":
    factors = float(rest) ** epochs
  elif name == "steps":
    ends, factor = rest.split(":")
    factors = float(factor) ** sum(epochs >= int(end) for end in ends.split(","))
  elif name == "cosine":
    lowest = float(rest or 0)
    cosine = (1 + np.cos(np.pi * np.arange(0, 40, 5) / 40)) / 2
    factors = (lowest + (0.1 - lowest) * cosine) / 0.1
  np.testing.assert_allclose(found, 0.1 * factors, rtol=1e-4, atol=1e-6)


@given(
  texts("digits10", "folder:/x", "npz:/x.npz", "cifar10", "mnist:3.0.1", "human:worse")
)
@example("digits" + "1" * 5000)
@example("npz:" + "x" * 5000)
@example("npz:/dev/full")
@example("folder:~nobody-here")
@example("huggingface:x/y")
def test_names_of_data_sets(text):
  names = ["dataset", "data_dir", "digits"]
  found = accepted(lambda: data.load(text), names, text)
  # Only digits are there.
  assert found is None or f"digits{found.num_classes}" == text
