import chex
import jax
import numpy as np
import pytest

from noisy_jax import training
from noisy_jax.training import replicas
from noisy_jax.training.loop import state_of_seed
from tests.small_setups import (
  assert_close,
  first,
  logits_of,
  numbers,
  results,
  small_setup,
  trained,
)


def test_one_device_and_four_give_the_same_and_replicas_stay_equal():
  changes = dict(loss="ce", augmentation="crop+flip+rotate+cutout")
  one, four = (list(training.train(small_setup(count, **changes)))[-1] for count in (1, 4))
  rows = (numbers(last.results[0].as_dict()) for last in (four, one))
  assert_close(*rows)
  params = replicas.unstack((one.state.params, four.state.params))
  chex.assert_trees_all_close(*params, atol=1e-5)
  for leaf in jax.tree.leaves(four.state.params):
    copies = np.asarray(leaf)
    np.testing.assert_array_equal(copies, np.broadcast_to(copies[:1], copies.shape))


@pytest.mark.parametrize("augmentation", ["none", "crop+flip"])
def test_nothing_compiles_after_the_first_epoch(augmentation, caplog):
  moments = training.train(small_setup(augmentation=augmentation))
  with jax.log_compiles():
    while not next(moments).results:
      pass
    assert [text for text in caplog.messages if text.startswith("Compiling")]
    caplog.clear()
    list(moments)
  assert not [text for text in caplog.messages if text.startswith("Compiling")]


def orders_of(setup):
  """The indices each epoch trains on, as the loop hands them to the devices."""
  seen = []
  with pytest.MonkeyPatch.context() as patch:
    split = replicas.split
    patch.setattr(replicas, "split", lambda rows, on: seen.append(rows) or split(rows, on))
    list(training.train(setup))
  # Evaluation goes through the examples in their order.
  return [rows for rows in seen if rows.ravel()[0] != 0 or rows.ravel()[1] != 1]


def test_epoch_takes_each_example_once_in_an_order_of_its_own():
  orders, others = orders_of(small_setup()), orders_of(small_setup(seed=1))
  for order in orders:
    np.testing.assert_array_equal(np.sort(order.ravel()), np.arange(320))
  assert (orders[0] != orders[1]).any()
  assert (orders[0] != others[0]).any()
  kernels = [state_of_seed(small_setup(), s).params["Dense_0"]["kernel"] for s in (0, 1)]
  assert (kernels[0] != kernels[1]).any()


def test_evaluation_counts_every_example_once():
  # 130 test images in batches of 64: the last is filled up, and the filling not counted.
  setup = small_setup(epochs=1)
  states, ((result,),) = trained(setup)
  logits, labels = (
    logits_of(setup, first(states), setup.dataset.test_images),
    setup.dataset.test_labels,
  )
  expected = np.asarray(setup.objective.loss(logits, labels)).mean()
  assert result["test_accuracy"] == pytest.approx((logits.argmax(-1) == labels).mean())
  assert result["test_loss"] == pytest.approx(expected, rel=1e-5)


def test_logit_bias_lets_mae_learn_many_classes():
  sizes = dict(num_classes=100, train_size=4000, test_size=500, epochs=6, widths=(128,))
  (plain,) = results(small_setup(**sizes))[-1]
  (star,) = results(small_setup(**sizes, logit_bias="auto"))[-1]
  assert plain["test_accuracy"] < 0.25 < 0.5 < star["test_accuracy"]


def test_no_training_step_sees_a_clean_label():
  def trained(setup):
    # The two shares that compare predictions with clean labels, by their definition.
    told = {"memorised", "corrected"}
    return [[{k: row[k] for k in row.keys() - told} for row in e] for e in results(setup)]

  setup = small_setup()
  before = trained(setup)
  nonsense = np.full(320, 3, np.int32)
  poisoned = setup._replace(
    dataset=setup.dataset._replace(train_labels=nonsense),
    train_labels=setup.train_labels._replace(clean=nonsense),
  )
  assert trained(poisoned) == before
  other = setup._replace(train_labels=setup.train_labels._replace(noisy=nonsense))
  assert trained(other) != before


def test_a_loss_that_diverges_stops_the_run():
  with pytest.raises(FloatingPointError, match=r"the loss is (nan|inf) in epoch 1, step"):
    results(small_setup(loss="ce", learning_rate=1e30, clip_norm=1e30))
