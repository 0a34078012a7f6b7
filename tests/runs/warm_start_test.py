import dataclasses

import jax
import numpy as np
import pytest

from noisy_jax import data, runs, training
from noisy_jax.runs import named_arrays
from noisy_jax.training import loop
from tests import workdirs

CONFIG = training.TrainConfig(dataset="digits10", widths=(16,), epochs=1, batch_size=64)
DATASET = data.digits(10, train_size=128, test_size=64)


def a_setup(given=DATASET, **changes):
  config = dataclasses.replace(CONFIG, **changes)
  return runs.prepare(config, dataset=given, devices=jax.local_devices()[:1])


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
  workdir = tmp_path_factory.mktemp("runs") / "first"
  runs.run(a_setup(average_decay=0.5), workdir)
  return workdir


def assert_same(one, other):
  one, other = map(named_arrays.by_name, (one, other))
  assert one.keys() == other.keys()
  for name, array in one.items():
    np.testing.assert_array_equal(array, other[name], err_msg=name)


def test_a_run_begins_with_what_the_other_is_measured_by(workdir, tmp_path):
  setup = a_setup(init_from=str(workdir), average_decay=0.9, noise_rate=0.4)
  expected = runs.load_trained(workdir).variables["params"]
  state = loop.state_of_seed(setup, 5)
  assert_same(state.params, expected)
  assert_same(state.average, expected)
  assert not any(np.any(leaf) for leaf in jax.tree.leaves(state.opt_state))
  one, other = (loop.state_of_seed(a_setup(), seed).params for seed in (5, 6))
  assert (one["Dense_0"]["kernel"] != other["Dense_0"]["kernel"]).any()
  # All seeds begin there.
  stacked = loop.initial_state(setup, [0, 1]).params
  for i in range(2):
    assert_same(jax.tree.map(lambda leaf, i=i: leaf[i], stacked), expected)
  with pytest.raises(ValueError, match=r"init_from: .*, must be none to split training"):
    runs.out_of_fold_probabilities(setup, 2)


def test_batch_statistics_come_along(tmp_path):
  config = dataclasses.replace(workdirs.CONFIG, model="cnn5")
  saved = workdirs.save(tmp_path / "run", [(2, (2, 0), 3.0, 0.3)], config)
  state = loop.state_of_seed(a_setup(model="cnn5", init_from=str(tmp_path / "run")), 1)
  assert_same(state.params, workdirs.scaled(saved.params, 3.0))
  assert_same(state.batch_stats, saved.batch_stats)
  assert state.batch_stats


def test_a_run_goes_on_with_the_weights_it_began_with_alone(workdir, tmp_path):
  changes = dict(init_from=str(tmp_path / "first"), epochs=2)
  runs.run(a_setup(average_decay=0.5), tmp_path / "first")
  runs.run(a_setup(**changes), tmp_path / "second")
  assert runs.check_workdir(tmp_path / "second", a_setup(**changes).config)
  (tmp_path / "second" / "summary.json").unlink()
  runs.run(a_setup(average_decay=0.5, epochs=2), tmp_path / "first", more_epochs=True)
  with pytest.raises(OSError, match="has changed \\(initial weights\\)"):
    runs.run(a_setup(**changes), tmp_path / "second")


@pytest.mark.parametrize(
  "changes, message",
  [
    (dict(dataset="digits20"), "has 10 classes, must have the 20 of digits20"),
    (dict(model="cnn5"), "has the network mlp, must have cnn5, which is to be trained"),
    (dict(widths=(8,)), r"has \(16,\) as the shape of params\.Dense_0\.bias, must be \(8,"),
    (dict(method="car"), "as the shape of params"),
    (dict(class_names=("a", *"123456789")), "has '0' as class 0, must have 'a' as digits1"),
  ],
)
def test_another_network_and_other_classes_are_refused(changes, message, workdir):
  dataset = DATASET
  if "dataset" in changes:
    dataset = data.digits(20, train_size=128, test_size=64)
  if names := changes.pop("class_names", None):
    dataset = dataset._replace(class_names=names)
  with pytest.raises(ValueError, match=f"^init_from: {workdir} .*{message}") as error:
    a_setup(dataset, init_from=str(workdir), **changes)
  assert "\n" not in str(error.value)


def test_a_place_of_no_run_is_refused(tmp_path):
  with pytest.raises(OSError, match=rf"^init_from: {tmp_path} has no config\.json, must"):
    a_setup(init_from=str(tmp_path))
  with pytest.raises(OSError, match=r"^init_from: /nowhere, there is no such directory"):
    a_setup(init_from="/nowhere")
