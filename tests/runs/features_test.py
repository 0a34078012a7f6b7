"""Training, evaluation and estimation on features in place of images."""

import dataclasses

import numpy as np
import pytest

from noisy_jax import data, runs, training

NUM_CLASSES = 20
CONFIG = training.TrainConfig(
  "arrays:clusters",
  model="linear",
  loss="mae",
  logit_bias="auto",
  noise_rate=0.4,
  epochs=4,
  batch_size=64,
)


@pytest.fixture(scope="module")
def clusters():
  rng = np.random.default_rng(0)
  centers = rng.normal(size=(NUM_CLASSES, 32))
  labels = np.arange(2400) % NUM_CLASSES
  # Features of scales far from one another and from 1.
  features = (centers[labels] + 0.7 * rng.normal(size=(2400, 32))) * 10.0 ** np.arange(
    -16, 16
  )
  return data.from_arrays(features[:2000], labels[:2000], features[2000:], labels[2000:])


def test_a_linear_network_is_trained_and_read_again(clusters, tmp_path):
  setup = runs.prepare(CONFIG, dataset=clusters)
  summary = runs.run(setup, tmp_path)
  assert summary["test_accuracy"] > 0.95
  assert summary["num_parameters"] == 33 * NUM_CLASSES
  trained = runs.load_trained(tmp_path)
  predictions = runs.predict(trained, clusters.test_images, clusters.test_labels)
  accuracy = (predictions.labels == clusters.test_labels).mean()
  assert accuracy == pytest.approx(summary["test_accuracy"])
  with pytest.raises(
    ValueError, match=r"images: \[400, 31\], must be .* \[32\] of the tra"
  ):
    runs.predict(trained, clusters.test_images[:, :31])
  with pytest.raises(ValueError, match="must be left out: the run has features"):
    runs.given_by_folder(trained, tmp_path)
  with pytest.raises(
    ValueError, match=r"digits20 has examples of shape \[8, 24, 1\], must"
  ):
    runs.given_by_dataset(trained, "digits20")


@pytest.mark.parametrize("method", ["elr", "marvel_plus"])
def test_methods_see_features(clusters, method):
  config = dataclasses.replace(
    CONFIG,
    method=method,
    loss="ce",
    logit_bias=0.0,
    model="mlp",
    widths=(32,),
    noise="instance",
  )
  summary = runs.run(runs.prepare(config, dataset=clusters))
  assert summary["test_accuracy"] > 0.9


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"model": "cnn4"}, "model: cnn4, must be mlp or linear with features"),
    ({"augmentation": "flip"}, "augmentation: 'flip', must be none or mixup with feature"),
    ({"augmentation": "cutmix"}, "augmentation: 'cutmix', must be none or mixup with fea"),
    ({"noise": "instance:raw"}, "noise: instance:raw, must be instance with features"),
    (
      {"noise": "open_set:digits20"},
      r"others: float32\[40000, 8, 24, 1\], must be float32 images of shape \[32\]",
    ),
  ],
)
def test_settings_of_images_are_refused(clusters, changes, message):
  with pytest.raises(ValueError, match=message):
    runs.prepare(dataclasses.replace(CONFIG, **changes), dataset=clusters)
