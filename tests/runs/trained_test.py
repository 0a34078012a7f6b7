import dataclasses
import fcntl
import json
import types

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from noisy_jax import data, models, runs
from noisy_jax.runs import checkpoints
from noisy_jax.training import eval_step
from noisy_jax.training.batch import Examples
from tests import references, workdirs
from tests.stopped_runs import contents


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
  workdir = tmp_path_factory.mktemp("runs") / "run"
  workdirs.save(workdir, [(2, (2, 0), 1.0, 0.3)])
  return runs.load_trained(workdir)


def test_averaged_weights_are_used_where_they_are_kept(tmp_path):
  config = dataclasses.replace(workdirs.CONFIG, average_decay=0.9)
  state = workdirs.save(tmp_path, [(2, (2, 0), 5.0, 0.3)], config)
  variables = runs.load_trained(tmp_path).variables
  jax.tree.map(np.testing.assert_array_equal, variables["params"], state.average)


def test_predictions_do_not_depend_on_devices_and_batches(trained):
  images = data.digits(10, test_size=700).test_images
  expected = runs.predict(trained, images)
  assert expected.labels.shape == (700,)
  other = trained._replace(config=dataclasses.replace(trained.config, batch_size=100))
  found = runs.predict(other, images, devices=jax.local_devices()[:3])
  np.testing.assert_array_equal(found.labels, expected.labels)
  np.testing.assert_allclose(found.confidences, expected.confidences, rtol=1e-5)


@pytest.mark.parametrize(
  "loss, t2",
  [
    ("bi_tempered", 1.2),
    ("2*bi_tempered(t1=0.5, t2=4)", 4),
    ("bi_tempered(t2=auto)", 1.2),
    ("bi_tempered + ce", 1),
  ],
)
def test_probabilities_are_those_of_the_loss(trained, loss, t2):
  images = data.digits(10, test_size=4).test_images
  of_ce = runs.probabilities(trained, images)
  trained = trained._replace(config=dataclasses.replace(trained.config, loss=loss))
  expected = [references.tempered_softmax(np.log(p), t2) for p in of_ce]
  np.testing.assert_allclose(runs.probabilities(trained, images), expected, rtol=1e-4)
  confidences = runs.predict(trained, images).confidences
  np.testing.assert_allclose(confidences, np.max(expected, -1), rtol=1e-4)


def test_label_ranks_are_places_in_a_stable_sort_of_logits_and_nan_ranks_first():
  logits = np.random.default_rng(0).integers(0, 4, (50, 12)).astype(np.float32)
  labels = np.arange(50, dtype=np.int32) % 12
  found = ranks_of(logits, labels)
  order = np.argsort(-logits, axis=-1, stable=True)
  np.testing.assert_array_equal(found, np.argmax(order == labels[:, None], -1))
  np.testing.assert_array_equal(found == 0, logits.argmax(-1) == labels)
  logits = np.array([[2, np.nan, 1], [2, np.nan, 1], [np.nan] * 3], np.float32)
  np.testing.assert_array_equal(ranks_of(logits, np.array([0, 1, 0], np.int32)), [1, 3, 3])


def ranks_of(logits, labels):
  as_they_are = types.SimpleNamespace(apply=lambda variables, inputs, train: logits)
  images = np.zeros((len(labels), 1, 1, 1), np.float32)
  examples = Examples(images, labels, np.zeros(1), np.ones(1))
  indices = jnp.arange(len(labels))[None]
  found = eval_step.predict(
    {},
    examples,
    indices,
    model=as_they_are,
    probabilities=jax.nn.softmax,
    axis_name="devices",
  )
  return found.label_ranks[0]


@pytest.mark.parametrize("shape", [(5, 8, 8, 1), (0, 8, 24, 1), (8, 24, 1)])
def test_images_must_be_like_those_of_the_training(shape, trained):
  with pytest.raises(ValueError, match=r"images: \[.*\], must be .* the \[8, 24, 1\] of"):
    runs.predict(trained, np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
  "dtype, unit", [(np.uint8, 1), (np.int64, 2**32), (np.float64, 0.5)]
)
def test_features_of_any_type_are_numbers_as_in_training(dtype, unit, trained):
  features = np.random.default_rng(0).integers(0, 200, (20, 4)) * unit
  mean, std = (np.full(4, number * unit, np.float32) for number in (100, 50))
  model = models.build("linear", 10)
  variables = model.init(jax.random.key(0), np.zeros((1, 4), np.float32))
  network = trained._replace(
    model=model, variables=variables, mean=mean, std=std, image_shape=(4,)
  )
  kernel = np.float64(variables["params"]["Dense_0"]["kernel"])
  odds = np.exp((features - 100 * unit) / (50 * unit) @ kernel)
  expected = odds / odds.sum(axis=1, keepdims=True)
  found = runs.probabilities(network, features.astype(dtype))
  np.testing.assert_allclose(found, expected, rtol=1e-4)
  predictions = runs.predict(network, features.astype(dtype))
  np.testing.assert_array_equal(predictions.labels, expected.argmax(axis=1))
  np.testing.assert_allclose(predictions.confidences, expected.max(axis=1), rtol=1e-4)


@pytest.mark.parametrize(
  "dtype, value", [(np.int64, 1), (np.uint16, 1), (bool, 1), (np.float32, 255)]
)
def test_pixels_of_another_type_or_scale_are_refused(dtype, value, trained):
  images = np.full((5, 8, 24, 1), value, dtype)
  for function in (runs.predict, runs.probabilities):
    with pytest.raises(ValueError, match=r"images: .* to .*, must be uint8, or float32 in"):
      function(trained, images)


def test_best_is_by_accuracy_and_last_by_steps(tmp_path):
  rows = [(2, (2, 0), 1.0, 0.3), (4, (3, 0), 2.0, 0.8), (6, (4, 0), 3.0, 0.5)]
  state = workdirs.save(tmp_path, [*rows, (7, (4, 1), 4.0, None)])
  for which, scale, epochs_done, steps_done in (("best", 2, 2, 0), ("last", 4, 3, 1)):
    trained = runs.load_trained(tmp_path, which)
    assert (trained.epochs_done, trained.steps_done) == (epochs_done, steps_done)
    kernel = trained.variables["params"]["Dense_0"]["kernel"]
    np.testing.assert_array_equal(kernel, scale * state.params["Dense_0"]["kernel"])


def test_a_run_in_progress_is_read_and_left_alone(tmp_path):
  workdirs.save(tmp_path, [(2, (2, 0), 1.0, 0.3)])
  unfinished = tmp_path / "checkpoints" / "4.orbax-checkpoint-tmp-1"
  unfinished.mkdir()
  (unfinished / "part").write_text("half")
  before = contents(tmp_path)
  with (tmp_path / ".lock").open("a") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    assert runs.load_trained(tmp_path, "last").epochs_done == 1
    assert runs.load_trained(tmp_path, "best").epochs_done == 1
  assert contents(tmp_path) == before | {tmp_path / ".lock": b""}


def test_a_checkpoint_that_goes_away_meanwhile_is_no_error(tmp_path, monkeypatch):
  workdirs.save(tmp_path, [(2, (2, 0), 1.0, 0.3), (4, (3, 0), 2.0, 0.8)])
  restore, asked = checkpoints.Checkpoints.restore, []

  def after_another_save(self, step, *args, **kwargs):
    asked.append(step)
    if len(asked) == 1:
      (tmp_path / "checkpoints" / "4").rename(tmp_path / "checkpoints" / "6")
    return restore(self, step, *args, **kwargs)

  monkeypatch.setattr(checkpoints.Checkpoints, "restore", after_another_save)
  assert runs.load_trained(tmp_path).epochs_done == 2
  assert asked == [4, 6]


def test_batch_statistics_come_along(tmp_path):
  config = dataclasses.replace(workdirs.CONFIG, model="cnn4")
  state = workdirs.save(tmp_path, [(2, (2, 0), 1.0, 0.3)], config)
  variables = runs.load_trained(tmp_path).variables
  assert jax.tree.structure(variables) == jax.tree.structure(state.variables)
  jax.tree.map(np.testing.assert_array_equal, variables, state.variables)
  assert variables["batch_stats"]


def test_seeds_are_named_where_one_must_be_chosen(tmp_path):
  workdirs.save(tmp_path / "seed3", [])
  with pytest.raises(OSError, match=r"it holds the runs seed3: choose one"):
    runs.load_trained(tmp_path)


@pytest.mark.parametrize(
  "which, expected", [("last", "no checkpoint yet"), ("best", "no checkpoint of a whole")]
)
def test_without_a_checkpoint(which, expected, tmp_path):
  workdirs.save(tmp_path, [])
  with pytest.raises(OSError, match=expected):
    runs.load_trained(tmp_path, which)


@pytest.mark.parametrize("which", ["last", "best"])
def test_a_damaged_checkpoint_is_named(which, tmp_path):
  workdirs.save(tmp_path, [(2, (2, 0), 1.0, 0.3)])
  (tmp_path / "checkpoints" / "2" / "position" / "metadata").write_text("{")
  with pytest.raises(OSError, match=r"^workdir: .*: checkpoint 2 is damaged") as failure:
    runs.load_trained(tmp_path, which)
  assert "\n" not in str(failure.value)


def test_a_changed_workdir_is_named(tmp_path):
  workdirs.save(tmp_path, [(2, (2, 0), 1.0, 0.3)])
  config = json.loads((tmp_path / "config.json").read_text())

  def loading(**changes):
    (tmp_path / "config.json").write_text(json.dumps(config | changes))
    return runs.load_trained(tmp_path)

  with pytest.raises(OSError, match=r"config\.json or dataset\.json is not what was writ"):
    loading(widths=[8])
  # Without the digest, as the first version wrote it.
  facts = json.loads((tmp_path / "dataset.json").read_text())
  del facts["digest"]
  (tmp_path / "dataset.json").write_text(json.dumps(facts))
  with pytest.raises(ValueError, match=r"workdir: .* \(16,\) as the shape of .*bias, must"):
    loading(widths=[8])
  with pytest.raises(ValueError, match=r"config\.json has temperature, which this version"):
    loading(temperature=2)
  (tmp_path / "dataset.json").write_text('{"num_classes": 10}')
  with pytest.raises(OSError, match=r"dataset\.json lacks class_names, content, image_"):
    loading()
