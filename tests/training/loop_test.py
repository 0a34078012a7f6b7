import functools

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from noisy_jax import losses, training
from noisy_jax.training import input_pipeline, loop, replicas, train_step
from noisy_jax.training.batch import Examples
from noisy_jax.training.setup import Setup
from tests.small_setups import (
  FADING,
  assert_close,
  first,
  last_moment,
  logits_of,
  numbers,
  small_setup,
  trained,
)

TWO_VIEWS = dict(loss="gjs(pi=0.3)", augmentation="crop+flip")
once = functools.cache(lambda **changes: trained(small_setup(**changes)))


@pytest.mark.parametrize("changes", [{}, TWO_VIEWS])
def test_parts_of_a_batch_give_the_gradient_of_the_whole(changes):
  whole, expected = once(**changes)
  parts, actual = once(accumulation=4, **changes)
  chex.assert_trees_all_close(parts, whole, atol=1e-5)
  for (row,), (expected_row,) in zip(actual, expected, strict=True):
    assert_close(row, expected_row)


def test_the_gradients_of_all_parts_are_never_held_together():
  setup, sgd = small_setup(), optax.sgd(0.1)
  params = loop.state_of_seed(setup, 0).params
  state = train_step.State(params, {}, sgd.init(params))
  images, labels = setup.dataset.train_images, setup.train_labels.noisy
  examples = Examples(images, labels, setup.mean, setup.std)
  one_step = functools.partial(
    train_step.train_step,
    model=setup.model,
    method=setup.method,
    optimizer=sgd,
    axis_name=replicas.AXIS,
    num_parts=4,
  )
  trace = jax.make_jaxpr(one_step, axis_env=[(replicas.AXIS, 1)])
  program = str(trace(state, examples, np.arange(64, dtype=np.int32)))
  shape = ",".join(map(str, params["Dense_0"]["kernel"].shape))
  assert f"f32[{shape}]" in program
  assert f"f32[4,{shape}]" not in program


def test_a_loss_of_two_views_is_measured_on_one():
  setup = small_setup(**TWO_VIEWS)
  assert setup.objective.num_views == 2
  states, (*_, (result,)) = once(**TWO_VIEWS)
  state = first(states)
  logits = logits_of(setup, state, setup.dataset.test_images)
  js = losses.jensen_shannon(logits, setup.dataset.test_labels, pi=0.3)
  assert result["test_loss"] == pytest.approx(float(js.mean()), rel=1e-4)


def test_the_average_follows_its_recursion_and_is_measured(monkeypatch):
  monkeypatch.setattr(Setup, "steps_per_call", 1)
  setup = small_setup(average_decay=0.8, epochs=1)
  average = loop.state_of_seed(setup, 0).params
  for moment in training.train(setup):
    state = replicas.unstack(moment.state, seed=0)
    if not moment.results:
      average = jax.tree.map(lambda a, w: 0.8 * a + 0.2 * w, average, state.params)
      chex.assert_trees_all_close(state.average, average, atol=1e-6)
  logits = logits_of(setup, state, setup.dataset.test_images)
  accuracy = (logits.argmax(-1) == setup.dataset.test_labels).mean()
  assert moment.results[0].test_accuracy == pytest.approx(accuracy)
  chex.assert_trees_all_equal(state.variables["params"], state.average)
  by_weights = logits_of(setup, state._replace(average=None), setup.dataset.test_images)
  assert np.abs(by_weights - logits).max() > 0.01


def test_bfloat16_learns_as_float32_does():
  sizes = dict(loss="ce", train_size=3200, test_size=1000, widths=(64,), epochs=4)
  accuracies, kernels = [], []
  for dtype in ("float32", "bfloat16"):
    last = last_moment(small_setup(**sizes, compute_dtype=dtype))
    for leaf in jax.tree.leaves(last.state.params):
      assert leaf.dtype == jnp.float32
    accuracies.append(last.results[0].test_accuracy)
    kernels.append(replicas.unstack(last.state.params, seed=0)["Dense_0"]["kernel"])
  # Four standard deviations of a difference of two shares of 1000 images are 0.05.
  assert min(accuracies) > 0.85
  assert abs(accuracies[0] - accuracies[1]) < 0.05
  assert np.abs(kernels[0] - kernels[1]).max() > 1e-4


def test_seeds_side_by_side_give_what_each_gives_alone():
  # A loss of two views of each image, with a bias that fades.
  changes = dict(loss="gjs", augmentation="crop", average_decay=0.5, **FADING)
  seeds = (0, 1)
  states, rows = trained(small_setup(**changes), seeds=seeds)
  for i, seed in enumerate(seeds):
    alone, expected = trained(small_setup(seed=seed, **changes))
    state = jax.tree.map(lambda leaf, i=i: leaf[i], states)
    chex.assert_trees_all_close(state, first(alone), atol=1e-5)
    for epoch, (expected_row,) in zip(rows, expected, strict=True):
      assert_close(epoch[i], expected_row)
  assert len({row["test_loss"] for row in rows[-1]}) == len(seeds)


def test_top5_counts_labels_among_the_five_likeliest():
  setup = small_setup(num_classes=20, epochs=1)
  last = last_moment(setup)
  state = replicas.unstack(last.state, seed=0)
  logits = logits_of(setup, state, setup.dataset.test_images)
  five = np.argsort(-logits, axis=-1)[:, :5]
  expected = (five == setup.dataset.test_labels[:, None]).any(-1).mean()
  assert last.results[0].test_top5 == pytest.approx(expected)
  assert last.results[0].test_accuracy < expected < 1


def test_training_goes_on_from_any_moment_bit_for_bit(monkeypatch):
  monkeypatch.setattr(Setup, "steps_per_call", 3)
  seeds, changes = (0, 7), dict(loss="gce", q_schedule="rising", **FADING)
  setup = small_setup(augmentation="crop", average_decay=0.9, **changes)
  moments = [
    moment._replace(state=replicas.unstack(moment.state))
    for moment in training.train(setup, seeds=seeds)
  ]
  assert [m.steps_done for m in moments] == 2 * [3, 5, 5]
  expected = [numbers(result.as_dict()) for result in moments[-1].results]
  between = moments[2]._replace(epoch=2, steps_done=0, results=())
  for moment in (moments[3], between):
    state, (rows,) = trained(setup, seeds=seeds, resume=moment)
    chex.assert_trees_all_equal(state, moments[-1].state)
    assert rows == expected


@pytest.mark.parametrize(
  "steps, most, expected",
  [
    (312, 512, 39),
    (390, 512, 39),
    (64, 512, 32),
    (512, 512, 32),
    # No parts of one size, or none that are long enough.
    (313, 512, 313),
    (63, 512, 63),
    # More than a call may take.
    (513, 512, 512),
    (10, 4, 4),
  ],
)
def test_an_epoch_is_cut_into_equal_calls(steps, most, expected):
  assert input_pipeline.steps_of_call(steps, most) == expected


def test_an_epoch_in_several_calls_is_that_of_one_bit_for_bit(monkeypatch):
  setup = small_setup(batch_size=4)
  several = list(training.train(setup))
  state = replicas.unstack(several[-1].state)
  assert [moment.steps_done for moment in several[:2]] == [40, 80]
  monkeypatch.setattr(input_pipeline, "_FEWEST_STEPS", 1000)
  one = list(training.train(setup))
  assert len(one) == 2 * setup.config.epochs
  chex.assert_trees_all_equal(state, replicas.unstack(one[-1].state))
  assert several[-1].results[0].loss == one[-1].results[0].loss


def test_training_goes_on_after_an_epoch_with_the_next():
  setup = small_setup(method="sr(period=1, growth=2)")
  moments = [m._replace(state=replicas.unstack(m.state)) for m in training.train(setup)]
  after_first = next(moment for moment in moments if moment.results)
  state, (rows,) = trained(setup, resume=after_first)
  chex.assert_trees_all_equal(state, moments[-1].state)
  assert rows == [numbers(result.as_dict()) for result in moments[-1].results]
  assert not list(training.train(setup, resume=moments[-1]))
