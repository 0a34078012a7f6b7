"""Training as a whole: devices, seeds, orders, measurements, and what it must not see."""

import chex
import jax
import numpy as np
import pytest

from noisy_jax import data, training
from noisy_jax.training import replicas
from noisy_jax.training.batch import standardize
from noisy_jax.training.loop import state_of_seed
from tests.small_setups import results, small_setup


def final_params(setup):
  *_, last = training.train(setup)
  return last.state.params


def test_one_device_and_four_give_the_same():
  one, four = small_setup(jax.local_devices()[:1]), small_setup(jax.local_devices()[:4])
  assert len(four.devices) == 4
  np.testing.assert_allclose(results(four), results(one), rtol=1e-4)
  chex.assert_trees_all_close(
    replicas.unstack(final_params(four), seed=0),
    replicas.unstack(final_params(one), seed=0),
    atol=1e-5,
  )


def test_augmented_training_does_not_depend_on_the_number_of_devices():
  changes = dict(loss="ce", augmentation="crop+flip+rotate+cutout")
  one, *others = (
    replicas.unstack(
      final_params(small_setup(jax.local_devices()[:count], **changes)), seed=0
    )
    for count in (1, 2, 4)
  )
  for params in others:
    chex.assert_trees_all_close(params, one, atol=1e-5)


def test_replicas_stay_equal():
  params = final_params(small_setup(jax.local_devices()[:4]))
  for leaf in jax.tree.leaves(params):
    copies = np.asarray(leaf)
    np.testing.assert_array_equal(copies, np.broadcast_to(copies[:1], copies.shape))


@pytest.mark.parametrize("augmentation", ["none", "crop+flip"])
def test_nothing_compiles_after_the_first_epoch(augmentation, caplog):
  moments = training.train(small_setup(epochs=3, augmentation=augmentation))
  with jax.log_compiles():
    while not next(moments).results:
      pass
    assert [text for text in caplog.messages if text.startswith("Compiling")]
    caplog.clear()
    list(moments)
  assert not [text for text in caplog.messages if text.startswith("Compiling")]


def test_same_seed_same_run():
  assert results(small_setup()) == results(small_setup())


def test_another_seed_another_network_and_order():
  weights = [
    state_of_seed(small_setup(), seed).params["Dense_0"]["kernel"] for seed in (0, 1)
  ]
  assert (weights[0] != weights[1]).any()
  assert (orders_of(small_setup())[0] != orders_of(small_setup(seed=1))[0]).any()


def orders_of(setup):
  """The indices each epoch trains on, as the loop hands them to the devices."""
  seen = []
  with pytest.MonkeyPatch.context() as patch:
    split = replicas.split
    patch.setattr(replicas, "split", lambda rows, on: seen.append(rows) or split(rows, on))
    list(training.train(setup))
  # Evaluation goes through the examples in their order.
  return [rows for rows in seen if rows.ravel()[0] != 0 or rows.ravel()[1] != 1]


def test_epoch_takes_each_example_once():
  # Ten steps of 64 on 640 examples, in another order each epoch.
  orders = orders_of(small_setup())
  for order in orders:
    np.testing.assert_array_equal(np.sort(order.ravel()), np.arange(640))
  assert (orders[0] != orders[1]).any()


def test_evaluation_counts_every_example_once():
  # 130 test images in batches of 64: the last is filled up, and the filling not counted.
  setup = small_setup(epochs=1)
  *_, last = training.train(setup)
  (result,) = last.results
  dataset = setup.dataset
  mean, std = data.channel_statistics(dataset.train_images)
  inputs = standardize(dataset.test_images, mean, std)
  logits = setup.model.apply(replicas.unstack(last.state.variables, seed=0), inputs)
  labels = dataset.test_labels
  expected = np.asarray(setup.objective.loss(logits, labels)).mean()
  assert result.test_accuracy == pytest.approx(float((logits.argmax(-1) == labels).mean()))
  assert result.test_loss == pytest.approx(expected, rel=1e-5)


def test_memorised_and_corrected_are_shares_of_the_wrong_labels():
  setup = small_setup(epochs=1, train_size=650)  # the last batch is not full
  *_, last = training.train(setup)
  (result,) = last.results
  inputs = standardize(setup.dataset.train_images, setup.mean, setup.std)
  logits = setup.model.apply(replicas.unstack(last.state.variables, seed=0), inputs)
  labels, predicted = setup.train_labels, np.asarray(logits.argmax(-1))
  wrong = labels.noisy != labels.clean
  memorised, corrected = (
    float((predicted == given)[wrong].mean()) for given in (labels.noisy, labels.clean)
  )
  assert result.memorised == pytest.approx(memorised)
  assert result.corrected == pytest.approx(corrected)
  assert 0 < memorised < corrected


def test_logit_bias_lets_mae_learn_many_classes():
  sizes = dict(num_classes=100, train_size=4000, test_size=500, epochs=6, widths=(128,))
  plain = results(small_setup(**sizes))[-1][-1]
  star = results(small_setup(**sizes, logit_bias="auto"))[-1][-1]
  assert plain < 0.25 < 0.5 < star


def test_no_training_step_sees_a_clean_label():
  setup = small_setup()
  before = results(setup)
  nonsense = np.full(640, 3, np.int32)
  poisoned = setup._replace(
    dataset=setup.dataset._replace(train_labels=nonsense),
    train_labels=setup.train_labels._replace(clean=nonsense),
  )
  assert results(poisoned) == before
  other = setup._replace(train_labels=setup.train_labels._replace(noisy=nonsense))
  assert results(other) != before


def test_a_loss_that_diverges_stops_the_run():
  with pytest.raises(
    FloatingPointError, match=r"the loss is (nan|inf) in epoch 1, step [2-9]; try"
  ):
    results(small_setup(loss="ce", learning_rate=1e30, clip_norm=1e30))
