"""The library's entry points for text and small files, as a command of two arguments.

What is accepted is put to a check of its own, which fails with a traceback.
"""

import dataclasses
import json
import re
import unicodedata
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from experiments import messages
from noisy_jax import data, losses, noise, training
from noisy_jax.training import label_noise, optimizer

_RATE = flags.DEFINE_float("rate", 0.4, "Noise rate.")
_LOGITS = np.array([[0.5, -1.0, 2.0, 0.1], [0.0, 0.0, 0.0, 0.0]], np.float32)
_LABELS = np.array([1, 3])


def _loss(text):
  """Its text parses to the same, and its value is the weighted sum of the terms'."""
  loss = losses.parse(text)
  again = losses.parse(str(loss))
  assert (again, str(again)) == (loss, str(loss))
  words = re.findall(r"[a-z_]+", unicodedata.normalize("NFKC", text))
  assert len(loss.terms) == sum(word in losses.NAMES for word in words), str(loss)
  if loss.is_open or not _is_moderate(loss):
    return
  total = np.zeros(2)
  for term in loss.terms:
    value = losses.NAMES[term.name](_LOGITS, _LABELS, **dict(term.keywords))
    assert np.isfinite(value).all(), value
    total += term.weight * np.asarray(value, np.float64)
  if np.abs(total).max() < 1e30:
    np.testing.assert_allclose(loss(_LOGITS, _LABELS), total, rtol=1e-3, atol=1e-3)


def _is_moderate(loss):
  """Beyond this float32 may overflow, and training then says that the loss is infinite."""
  values = [value for term in loss.terms for _, value in term.keywords]
  return all(abs(value) <= 100 for value in values)


def _settings(text):
  """Each value has the type of its field, and the config comes back from JSON."""
  fields = json.loads(text)
  fields = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
  config = training.TrainConfig(**fields)
  for field in dataclasses.fields(config):
    value = getattr(config, field.name)
    kinds: dict[Any, tuple] = {float: (int, float), float | str: (int, float, str)}
    assert type(value) in kinds.get(field.type, (field.type, tuple)), (field.name, value)
  again = json.loads(json.dumps(dataclasses.asdict(config), allow_nan=False))
  again["widths"] = tuple(again["widths"])
  assert training.TrainConfig(**again) == config


def _noise(text):
  """Labels are classes, and as many are wrong as was asked for."""
  has_rate = not text.startswith(("matrix", "human", "file"))
  rate = _RATE.value if has_rate else 0.0
  config = training.TrainConfig(dataset="digits4", noise=text, noise_rate=rate)
  dataset = data.digits(4, train_size=400, test_size=20)
  noisy = label_noise.make(config.parts.noise, dataset, config.parts.data)
  labels, num_classes = noisy.labels, noisy.dataset.num_classes
  assert labels.noisy.min() >= 0
  assert labels.noisy.max() < num_classes
  if noisy.foreign is not None:
    assert abs(noisy.foreign.mean() - rate) < 0.01
  elif text == "symmetric_including_true":
    assert abs(labels.rate - 0.75 * rate) < 0.05
  elif text.startswith(("symmetric", "pairflip", "instance")):
    assert abs(labels.rate - rate) < 0.06


def _imbalance(text):
  """The class sizes are those of the equation."""
  dataset = data.digits(4, train_size=400, test_size=20)
  counts = data.class_counts(
    data.imbalance(dataset, data.parse_imbalance(text)).train_labels, 4
  )
  ratio = float(text.removeprefix("exp:"))
  before = data.class_counts(dataset.train_labels, 4)
  expected = np.minimum(before, before.max() * ratio ** (-np.arange(4) / 3))
  assert (np.abs(counts - expected) < 1 + 1e-6).all()


def _augmentation(text):
  """Images keep their shape and type, and the text parses to the same."""
  augment = data.parse_augmentation(text)
  assert data.parse_augmentation(str(augment)) == augment
  images = np.zeros((2, 5, 6, 1), np.uint8)
  keys = data.example_keys(jax.random.key(0), jnp.arange(2))
  result = jax.eval_shape(augment, keys, images) if augment.names else images
  assert (result.shape, result.dtype) == (images.shape, images.dtype)


def _schedule(text):
  """All rates are numbers from 0 up, and the factors are met."""
  rates = optimizer.parse_schedule(text).rates(0.1, 4, 10)
  found = np.array([rates(step) for step in range(40)])
  assert np.isfinite(found).all()
  assert (found >= 0).all()
  name, _, rest = text.partition(":")
  epochs = np.arange(40) // 10
  if name == "exponential":
    np.testing.assert_allclose(found, 0.1 * float(rest) ** epochs, rtol=1e-4, atol=1e-30)
  elif name == "steps":
    ends, factor = rest.split(":")
    power = sum(epochs >= int(end) for end in ends.split(","))
    expected = 0.1 * float(factor) ** power
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-30)
  elif name == "constant":
    np.testing.assert_allclose(found, 0.1, rtol=1e-6)
  elif not rest:
    np.testing.assert_allclose(
      found, 0.05 * (1 + np.cos(np.pi * np.arange(40) / 40)), atol=1e-6
    )


def _dataset(text):
  """Only digits are there, in as many classes as the name says."""
  found = data.load(text)
  assert f"digits{found.num_classes}" == text


def _matrix(text):
  """Each row is a distribution over the four classes."""
  matrix = noise.load_matrix(text, 4)
  assert matrix.shape == (4, 4)
  assert (matrix >= 0).all()
  np.testing.assert_allclose(matrix.sum(1), 1, rtol=1e-12)


_PROBES = {
  "loss": _loss,
  "settings": _settings,
  "noise": _noise,
  "imbalance": _imbalance,
  "augmentation": _augmentation,
  "schedule": _schedule,
  "dataset": _dataset,
  "matrix": _matrix,
}


def main(argv):
  _, what, text = argv
  try:
    _PROBES[what](text)
  except (ValueError, OSError) as error:
    messages.fail(error)
  print("accepted")
