import dataclasses
import itertools
import json
import re
import sys

import chex
import jax
import jax.numpy as jnp
import matplotlib.image
import numpy as np
import optax
import pytest

from noisy_jax import data, losses, methods, noise, runs, training
from noisy_jax.runs import progress
from noisy_jax.training import replicas, train_step
from noisy_jax.training.batch import Examples, standardize
from noisy_jax.training.loop import state_of_seed
from noisy_jax.training.optimizer import clipped_sgd, parse_schedule

SMALL = training.TrainConfig(
  dataset="digits10",
  loss="mae",
  noise_rate=0.25,
  widths=(16,),
  epochs=2,
  batch_size=64,
)


def small_setup(devices=None, *, num_classes=10, train_size=640, test_size=130, **changes):
  config = dataclasses.replace(SMALL, dataset=f"digits{num_classes}", **changes)
  dataset = data.digits(num_classes, train_size=train_size, test_size=test_size)
  return runs.prepare(config, devices=devices, dataset=dataset)


def results(setup):
  names = ("loss", "train_accuracy", "test_loss", "test_accuracy")
  return [[getattr(epoch, name) for name in names] for epoch in epochs_of(setup)]


def epochs_of(setup):
  return [moment.results[0] for moment in training.train(setup) if moment.results]


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


def test_optimizer_is_that_of_the_config(monkeypatch):
  asked = []

  def spy(*args, **kwargs):
    asked.append((args, kwargs))
    return clipped_sgd(*args, **kwargs)

  monkeypatch.setattr("noisy_jax.training.optimizer.clipped_sgd", spy)
  changes = dict(learning_rate=0.02, schedule="steps:1:0.1", momentum=0.5, nesterov=True)
  settings = dict(clip_norm=0.1, weight_decay=0.3, l1=0.2)
  results(small_setup(**changes, **settings))
  settings |= dict(momentum=0.5, nesterov=True)
  for (learning_rate,), kwargs in asked:
    assert kwargs == settings
    rates = [learning_rate(step) for step in (0, 9, 10, 19, 20)]
    np.testing.assert_allclose(rates, [0.02, 0.02, 0.002, 0.002, 0.002], rtol=1e-6)


def test_seeds_of_noise_and_training_are_independent():
  first, other_seed, other_noise = (
    small_setup(),
    small_setup(seed=1),
    small_setup(noise_seed=1),
  )
  np.testing.assert_array_equal(first.train_labels.noisy, other_seed.train_labels.noisy)
  assert (first.train_labels.noisy != other_noise.train_labels.noisy).any()


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


def test_train_step_follows_the_gradient_of_the_global_batch():
  setup = small_setup(jax.local_devices()[:4])
  variables = setup.model.init(jax.random.key(0), setup.dataset.train_images[:1])["params"]
  examples = Examples(
    setup.dataset.train_images, setup.train_labels.noisy, *np.float32([[0.3], [0.4]])
  )
  indices = np.arange(64, dtype=np.int32)

  def mean_loss(params):
    inputs = standardize(examples.images[indices], examples.mean, examples.std)
    return losses.mae(
      setup.model.apply({"params": params}, inputs), examples.labels[indices]
    ).mean()

  expected = jax.tree.map(
    lambda w, g: w - 0.1 * g, variables, jax.grad(mean_loss)(variables)
  )
  sgd = optax.sgd(0.1)
  epoch = replicas.pmap(
    train_step.train_steps,
    setup.devices,
    model=setup.model,
    method_at=lambda _: methods.plain(losses.mae),
    optimizer=sgd,
  )
  state, totals = epoch(
    replicas.stack(train_step.State(variables, {}, sgd.init(variables)), setup.devices),
    replicas.stack(examples, setup.devices),
    replicas.split(indices[None], setup.devices),
  )
  chex.assert_trees_all_close(replicas.unstack(state.params), expected, atol=1e-6)
  totals = replicas.unstack(totals)
  assert totals.num_examples == [64]
  np.testing.assert_allclose(totals.loss[0] / 64, mean_loss(variables), rtol=1e-5)


@pytest.mark.parametrize("num_views", [1, 2])
def test_train_step_augments_each_example_by_its_index(num_views):
  setup = small_setup(jax.local_devices()[:4])
  variables = setup.model.init(jax.random.key(0), setup.dataset.train_images[:1])["params"]
  examples = Examples(
    setup.dataset.train_images, setup.train_labels.noisy, *np.float32([[0.3], [0.4]])
  )
  indices = np.arange(100, 164, dtype=np.int32)
  key, augment = jax.random.key(7), data.parse_augmentation("crop+flip")
  keys = data.example_keys(key, indices)
  if num_views > 1:
    keys = [jax.vmap(lambda key, v=v: jax.random.fold_in(key, v))(keys) for v in (0, 1)]
    loss = losses.generalized_jensen_shannon
  else:
    keys, loss = [keys], losses.mae
  views = [
    standardize(augment(own, examples.images[indices]), examples.mean, examples.std)
    for own in keys
  ]
  labels = examples.labels[indices]

  def logits_of(params):
    logits = jnp.stack([setup.model.apply({"params": params}, view) for view in views])
    return logits if num_views > 1 else logits[0]

  def mean_loss(params):
    return loss(logits_of(params), labels).mean()

  expected = jax.tree.map(
    lambda w, g: w - 0.1 * g, variables, jax.grad(mean_loss)(variables)
  )
  sgd = optax.sgd(0.1)
  epoch = replicas.pmap(
    train_step.train_steps,
    setup.devices,
    model=setup.model,
    method_at=lambda _: methods.plain(loss),
    optimizer=sgd,
    augment=augment,
    num_views=num_views,
  )
  arguments = (
    replicas.stack(train_step.State(variables, {}, sgd.init(variables)), setup.devices),
    replicas.stack(examples, setup.devices),
    replicas.split(indices[None], setup.devices),
  )
  state, totals = epoch(*arguments, jnp.stack([key] * 4))
  chex.assert_trees_all_close(replicas.unstack(state.params), expected, atol=1e-6)
  totals = replicas.unstack(totals)
  assert totals.num_examples == [64]
  np.testing.assert_allclose(totals.loss[0] / 64, mean_loss(variables), rtol=1e-5)
  first = logits_of(variables).reshape(num_views, 64, -1)[0]
  assert totals.correct == [(first.argmax(-1) == labels).sum()]
  with pytest.raises(ValueError, match="key: None, must be a random key where images are"):
    epoch(*arguments)


def augmentation_keys_of(setup):
  """The key of each epoch, as the loop hands it to each device."""
  seen = []
  pmap = replicas.pmap

  def spy(function, *args, **kwargs):
    mapped = pmap(function, *args, **kwargs)
    if function is not train_step.train_steps:
      return mapped
    return lambda *args: seen.append(args[3]) or mapped(*args)

  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(replicas, "pmap", spy)
    list(training.train(setup))
  return seen


def test_each_epoch_and_seed_has_a_key_of_its_own_for_augmentation():
  first, again, other = (
    [
      np.asarray(jax.random.key_data(keys))
      for keys in augmentation_keys_of(small_setup(augmentation="flip", seed=seed))
    ]
    for seed in (0, 0, 1)
  )
  np.testing.assert_array_equal(first, again)
  assert len({row[0].tobytes() for row in first + other}) == 4
  for row in first:
    np.testing.assert_array_equal(row, np.broadcast_to(row[0], row.shape))


def test_without_augmentation_no_step_draws_keys(monkeypatch):
  monkeypatch.delattr(train_step, "example_keys")
  assert augmentation_keys_of(small_setup()) == [None, None]


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("l1", [0.0, 2.0])
def test_optimizer_adds_clips_decays_and_remembers_in_that_order(nesterov, l1):
  optimizer = clipped_sgd(
    parse_schedule("cosine").rates(0.5, epochs=2, steps_per_epoch=5),
    momentum=0.9,
    nesterov=nesterov,
    clip_norm=1.0,
    weight_decay=0.1,
    l1=l1,
  )
  params = np.array([1.0, -2.0], np.float32)
  gradients = np.array([[3.0, 4.0], [0.3, 0.4]], np.float32)
  state = optimizer.init(params)
  expected, velocity = params.copy(), np.zeros(2)
  actual = params
  for i, gradient in enumerate(gradients):
    updates, state = optimizer.update(gradient, state, actual)
    actual = optax.apply_updates(actual, updates)
    whole = gradient + l1 * np.sign(expected)
    decayed = whole / max(1.0, np.linalg.norm(whole)) + 0.1 * expected
    velocity = 0.9 * velocity + decayed
    update = decayed + 0.9 * velocity if nesterov else velocity
    expected = expected - 0.5 * (1 + np.cos(np.pi * i / 10)) / 2 * update
  np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_without_a_clip_norm_nothing_is_clipped():
  settings = dict(momentum=0.0, nesterov=False, clip_norm=0.0, weight_decay=0.0)
  optimizer = clipped_sgd(1.0, **settings)
  gradient = np.array([300.0, 400.0], np.float32)
  updates, _ = optimizer.update(gradient, optimizer.init(gradient), gradient)
  np.testing.assert_array_equal(updates, -gradient)


ROOT = np.sqrt(0.125)


@pytest.mark.parametrize(
  "text, expected",
  [
    ("constant", [1, 1, 1, 1, 1]),
    ("cosine", [1, 0.5 + ROOT, 0.5, 0.5 - ROOT, 0]),
    ("cosine:0.2", [1, 0.55 + 0.9 * ROOT, 0.55, 0.55 - 0.9 * ROOT, 0.1]),
    ("steps:1,3:0.1", [1, 0.1, 0.1, 0.01, 0.01]),
    ("exponential:0.5", [1, 0.5, 0.25, 0.125, 0.0625]),
  ],
)
def test_schedule_at_the_end_of_each_epoch(text, expected):
  rates = parse_schedule(text).rates(2.0, epochs=4, steps_per_epoch=10)
  actual = [float(rates(10 * epoch)) / 2 for epoch in range(5)]
  np.testing.assert_allclose(actual, expected, atol=1e-6)


def test_images_are_standardised_from_bytes_and_floats_alike():
  bytes_ = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 3), np.uint8)
  mean, std = data.channel_statistics(bytes_)
  from_bytes = standardize(bytes_, mean, std)
  floats = (bytes_ / 255).astype(np.float32)
  chex.assert_trees_all_close(standardize(floats, mean, std), from_bytes, atol=1e-5)
  np.testing.assert_allclose(from_bytes.mean((0, 1, 2)), np.zeros(3), atol=1e-5)
  np.testing.assert_allclose(from_bytes.std((0, 1, 2)), np.ones(3), rtol=1e-5)


def test_logit_bias_lets_mae_learn_many_classes():
  sizes = dict(num_classes=100, train_size=4000, test_size=500, epochs=6, widths=(128,))
  plain = results(small_setup(**sizes))[-1][-1]
  star = results(small_setup(**sizes, logit_bias="auto"))[-1][-1]
  assert plain < 0.25 < 0.5 < star


def test_automatic_bias_is_resolved_and_explained():
  setup = small_setup(num_classes=100, logit_bias="auto")
  assert 2.3 < setup.objective.logit_bias < 2.7
  assert "100 classes" in setup.objective.bias_reason
  assert (
    small_setup(num_classes=100, loss="ce", logit_bias="auto").objective.logit_bias == 0
  )
  assert small_setup(logit_bias=1.5).objective.logit_bias == 1.5


def test_automatic_hyperparameter_is_resolved():
  setup = small_setup(num_classes=300, loss="gce(q=auto)")
  (term,) = setup.objective.expression.terms
  ((keyword, q),) = term.keywords
  assert keyword == "q"
  assert 0.5 < q < 0.65
  assert setup.objective.loss == setup.objective.expression


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


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"dataset": "mnist3"}, "dataset: unknown 'mnist3'; known: digits2"),
    ({"loss": "mea"}, "loss: column 1: unknown 'mea'; known: ce, ls, mae"),
    ({"augmentation": "crop+blur"}, "augmentation: unknown 'blur'; known: crop, flip,"),
    ({"augmentation": None}, "augmentation: None, must be a name"),
    ({"model": "resnet"}, "model: unknown 'resnet'; known: mlp"),
    ({"logit_bias": "car"}, "logit_bias: 'car', must be a number or auto"),
    ({"logit_bias": float("nan")}, "logit_bias: nan, must be a number or auto"),
    ({"logit_bias": None}, "logit_bias: None, must be a number or auto"),
    ({"noise_rate": 1.0}, r"noise_rate: 1.0, must be in \[0, 1\)"),
    ({"noise_rate": -0.1}, "noise_rate: -0.1"),
    ({"widths": (8, 0)}, r"widths: \(8, 0\), must be a tuple of integers from 1 up"),
    ({"widths": ()}, "widths: "),
    ({"widths": 16}, "widths: 16"),
    ({"epochs": 0}, "epochs: 0, must be an integer from 1 up"),
    ({"epochs": 2.5}, "epochs: 2.5"),
    ({"batch_size": 0}, "batch_size: 0"),
    ({"learning_rate": 0.0}, "learning_rate: 0.0, must be a number above 0"),
    ({"learning_rate": float("inf")}, "learning_rate: inf"),
    ({"momentum": 1.0}, "momentum: 1.0"),
    ({"clip_norm": float("inf")}, "clip_norm: inf"),
    ({"clip_norm": -1.0}, "clip_norm: -1.0, must be a number from 0 up"),
    ({"nesterov": 1}, "nesterov: 1, must be true or false"),
    ({"schedule": "linear"}, "schedule: unknown 'linear'; known: cosine, cosine:LAST"),
    ({"widths": (2**31,)}, r"widths: .*, must be a tuple of integers from 1 up, below 2"),
    ({"image_size": 2**16}, "image_size: 65536, must be an integer from 0 up, below 2"),
    ({"augmentation": "+".join(["flip"] * 21)}, "augmentation: 21 names, must be at most"),
    ({"epochs": True}, "epochs: True, must be an integer from 1 up"),
    ({"seed": False}, r"seed: False, must be an integer in \[0, 2\^32\)"),
    ({"noise_rate": False}, r"noise_rate: False, must be in \[0, 1\)"),
    ({"learning_rate": 10**400}, "learning_rate: 1000.*, must be a number above 0"),
    ({"clip_norm": 1e39}, r"clip_norm: 1e\+39, must be a number from 0 up"),
    ({"schedule": "exponential:0"}, r"schedule: .*, must have a factor in \(0, 1\]"),
    ({"schedule": "steps:2:1.5"}, r"schedule: .*, must have a factor in \(0, 1\]"),
    ({"schedule": "steps:2,2:0.1"}, "schedule: .*, must have epochs that rise"),
    ({"schedule": "steps:2,1:0.1"}, "schedule: .*, must have epochs that rise"),
    ({"schedule": "cosine:1e39"}, "schedule: .*, must end with a number that float32"),
    ({"schedule": "steps:60"}, "schedule: unknown 'steps:60'"),
    ({"accumulation": 0}, "accumulation: 0, must be an integer from 1 up"),
    ({"average_decay": 1.0}, r"average_decay: 1.0, must be in \[0, 1\)"),
    ({"compute_dtype": "f16"}, "compute_dtype: 'f16', must be one of float32, bfloat16"),
    ({"initialization": "he"}, "initialization: 'he', must be one of own, alfs, flax"),
    ({"image_size": -1}, "image_size: -1, must be an integer from 0 up"),
    ({"on_bad_image": "cry"}, "on_bad_image: 'cry', must be one of fail, skip"),
    ({"imbalance": "100"}, "imbalance: '100', must be exp:R with R >= 1"),
    ({"weight_decay": -1.0}, "weight_decay: -1.0, must be a number from 0 up"),
    ({"l1": -1.0}, "l1: -1.0, must be a number from 0 up"),
    ({"seed": -1}, r"seed: -1, must be an integer in \[0, 2\^32\)"),
    ({"noise_seed": 2**32}, "noise_seed: 4294967296"),
    ({"loss": None}, "loss: None, must be a name"),
  ],
)
def test_config_refuses_what_makes_no_sense(changes, message):
  with pytest.raises(ValueError, match=message):
    dataclasses.replace(SMALL, **changes)


def test_batch_must_fit_devices_and_data():
  with pytest.raises(
    ValueError, match="batch_size: 66, must be a multiple of 4, for the 4 devices"
  ):
    small_setup(batch_size=66)
  with pytest.raises(ValueError, match="batch_size: 644, must be at most the 640 training"):
    small_setup(batch_size=644)


def test_labels_outside_the_classes_are_refused():
  dataset = data.digits(10, train_size=64, test_size=10)
  for name in ("train_labels", "test_labels"):
    broken = dataset._replace(**{name: np.full_like(getattr(dataset, name), 10)})
    with pytest.raises(
      ValueError, match=r"labels: 10 at position \d+, must be in \[0, 10\)"
    ):
      runs.prepare(SMALL, dataset=broken)


def test_run_leaves_its_records(tmp_path, capsys):
  workdir = tmp_path / "new" / "run"
  setup = small_setup()
  summary = runs.run(setup, workdir)
  assert json.loads((workdir / "config.json").read_text())["widths"] == [16]
  assert json.loads((workdir / "versions.json").read_text())["jax"] == jax.__version__
  rows = [json.loads(line) for line in (workdir / "metrics.jsonl").read_text().splitlines()]
  assert [row["epoch"] for row in rows] == [1, 2]
  assert set(rows[0]) == set(training.METRICS)
  assert json.loads((workdir / "summary.json").read_text()) == summary
  assert summary["test_accuracy"] == rows[-1]["test_accuracy"]
  assert all(row["seconds"] > 0 and row["images_per_second"] > 0 for row in rows)
  assert summary["realised_noise_rate"] == setup.train_labels.rate
  assert matplotlib.image.imread(workdir / "curves.png").shape[1] == 1400
  assert summary["num_parameters"] == (192 + 1) * 16 + (16 + 1) * 10
  assert "epoch 2/2" in capsys.readouterr().out


def test_more_steps_than_can_be_counted_are_refused():
  with pytest.raises(ValueError, match="epochs: 1000000000000, must be at most"):
    small_setup(epochs=10**12)


def test_dataset_json_describes_the_training_set(tmp_path):
  setup = small_setup(epochs=1)
  runs.run(setup, tmp_path)
  facts = json.loads((tmp_path / "dataset.json").read_text())
  pixels = np.asarray(setup.dataset.train_images, np.float64)
  assert facts.pop("mean") == pytest.approx([pixels.mean()], rel=1e-6)
  assert facts.pop("std") == pytest.approx([pixels.std()], rel=1e-6)
  assert len(facts.pop("digest")) == 32
  assert facts.pop("content") == data.content(setup.dataset)
  assert facts == {
    "num_classes": 10,
    "class_names": [str(digit) for digit in range(10)],
    "image_shape": [8, 24, 1],
    "streamed": False,
    "train_examples": 640,
  }


def an_epoch(**changes):
  values = dict.fromkeys(training.METRICS, 1.0) | {"epoch": 1} | changes
  return training.Epoch(**values)


def test_summary_tells_the_last_and_the_best_epoch(monkeypatch):
  epochs = [
    an_epoch(epoch=number, test_accuracy=accuracy)
    for number, accuracy in enumerate((0.3, 0.7, 0.6), start=1)
  ]
  moments = [training.Moment(e.epoch, 1, None, None, None, (e,)) for e in epochs]
  monkeypatch.setattr("noisy_jax.runs.runner.train", lambda *_, **__: moments)
  summary = runs.run(small_setup())
  assert summary["test_accuracy"] == 0.6
  assert summary["best_test_accuracy"] == 0.7
  assert summary["best_epoch"] == 2


@pytest.mark.parametrize(
  "model, expected", [("mlp", [(3, 4)]), ("cnn5", [(3,), (4,)])], ids=["mlp", "cnn5"]
)
def test_seeds_of_a_convolutional_network_are_trained_in_turn_on_a_cpu(
  model, expected, monkeypatch
):
  trained = []

  def train(setup, *, seeds, resume):
    assert len(seeds) > 1 or setup.config.seed == seeds[0]
    trained.append(tuple(seeds))
    return [training.Moment(1, 1, None, None, None, (an_epoch(),) * len(seeds))]

  monkeypatch.setattr("noisy_jax.runs.runner.train", train)
  assert len(runs.run_seeds(small_setup(model=model), (3, 4))) == 2
  assert trained == expected


def test_a_terminal_gets_a_bar_and_a_file_gets_lines(monkeypatch, capsys):
  seen = dict(loss=1.25, train_accuracy=0.5, test_accuracy=0.75, images_per_second=1000.0)
  results = [an_epoch(**seen)]
  facts = "clean test 75.0%  noisy train 50.0%  loss 1.250  1,000 images/s"
  with progress.progress(3, "title ") as show:
    show(0.5, ())
    show(1, results)
  assert capsys.readouterr().out == f"title epoch 1/3  {facts}\n"
  for stream in (sys.stdout, sys.stderr):
    monkeypatch.setattr(stream, "isatty", lambda: True)
  # A bar is drawn at most ten times a second.
  monkeypatch.setattr("tqdm.std.time", itertools.count().__next__)
  with progress.progress(3, "title ", 0.25) as show:
    for epochs_done in (0.375, 0.75, 1):
      show(epochs_done, results if epochs_done == 1 else ())
  captured = capsys.readouterr()
  assert captured.out == ""
  bars = re.findall(r"title epoch (\d/3) [|](.{8})[|]", captured.err)
  heights = [sum(" ▏▎▍▌▋▊▉█".index(mark) for mark in bar) for _, bar in bars]
  # In eighths of a mark.
  assert heights[:4] == [int(64 * part / 3) for part in (0.25, 0.375, 0.75, 1)]
  assert [text for text, _ in bars[:4]] == ["0/3", "0/3", "0/3", "1/3"]
  assert "title epoch 1/3 |" in captured.err
  assert f"left, {facts}" in captured.err


@pytest.mark.parametrize(
  "changes, accuracies, told",
  [
    # About a tenth of 640 labels each, give or take 1.2 %.
    (dict(), (0.5, 0.1), r"accuracy, 10.0%, is that of chance, 1.\..%; try a batch_size"),
    (dict(num_classes=20), (0.05,), "try a batch_size .*, or logit_bias auto, or the loss"),
    (dict(batch_size=16, learning_rate=0.5), (0.9, 0.1), "; try a learning_rate of 0.05$"),
    (dict(), (0.18, 0.2), None),
  ],
)
def test_a_network_that_has_not_started_is_told_once(
  changes, accuracies, told, monkeypatch, capsys
):
  setup = small_setup(**changes)
  epochs = [
    training.Moment(
      number,
      1,
      None,
      None,
      None,
      tuple(an_epoch(epoch=number, train_accuracy=x) for x in of),
    )
    for number, of in enumerate(((0.0,) * len(accuracies), accuracies, accuracies), start=1)
  ]
  monkeypatch.setattr("noisy_jax.runs.runner.train", lambda *_, **__: epochs)
  runs.run_seeds(setup, range(len(accuracies)))
  warnings = [
    line for line in capsys.readouterr().out.splitlines() if line.startswith("warning: ")
  ]
  assert len(warnings) == (told is not None)
  assert all(re.search(told, line) for line in warnings)


def test_a_narrow_bar_keeps_the_test_accuracy(monkeypatch, capsys):
  for stream in (sys.stdout, sys.stderr):
    monkeypatch.setattr(stream, "isatty", lambda: True)
  monkeypatch.setattr("tqdm.std._screen_shape_wrapper", lambda: lambda _: (60, 20))
  with progress.progress(120, done=118) as show:
    show(119, [an_epoch(test_accuracy=0.75)])
  assert "clean test 75.0%" in capsys.readouterr().err


def test_titles_name_the_bias_and_the_method():
  setup = small_setup(loss="mae", logit_bias=2.5, bias_schedule="fading")
  assert setup.training_in_words == "mae with logit bias 2.5, fading"
  setup = small_setup(loss="gce", q_schedule="rising", method="elr(lam=7)")
  assert setup.training_in_words == "gce, q rising, by elr(lam=7)"


def test_records_differ_between_runs_in_wall_clock_fields_alone(tmp_path):
  rows = []
  for name in ("a", "b"):
    runs.run(small_setup(), tmp_path / name)
    lines = (tmp_path / name / "metrics.jsonl").read_text().splitlines()
    rows.append([json.loads(line) for line in lines])
  for row in rows[0] + rows[1]:
    del row["seconds"], row["images_per_second"]
  assert rows[0] == rows[1]


def contents(workdir):
  return {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()}


def test_workdir_of_another_run_is_left_alone(tmp_path):
  setup = small_setup(epochs=1)
  runs.run(setup, tmp_path)
  before = contents(tmp_path)
  other = dataclasses.replace(setup.config, loss="ce", seed=3)
  with pytest.raises(OSError, match=r"another config \(loss mae there, ce here; seed 0"):
    runs.check_workdir(tmp_path, other)
  with pytest.raises(OSError, match="another config"):
    runs.run(setup._replace(config=other), tmp_path)
  with pytest.raises(OSError, match="finished"):
    runs.run(setup, tmp_path)
  assert contents(tmp_path) == before
  assert runs.check_workdir(tmp_path, setup.config)["num_classes"] == 10


def test_a_workdir_older_than_a_setting_has_its_default(tmp_path):
  setup = small_setup(epochs=1)
  runs.run(setup, tmp_path)
  path = tmp_path / "config.json"
  held = json.loads(path.read_text())
  del held["l1"]
  path.write_text(json.dumps(held))
  assert runs.check_workdir(tmp_path, setup.config) is not None
  other = dataclasses.replace(setup.config, l1=0.5)
  with pytest.raises(OSError, match=r"another config \(l1 0.0 there, 0.5 here\)"):
    runs.check_workdir(tmp_path, other)


def test_strange_workdir_is_refused(tmp_path):
  setup = small_setup(epochs=1)
  runs.run(setup, tmp_path / "run")
  (tmp_path / "run" / "summary.json").unlink()
  assert runs.check_workdir(tmp_path / "run", setup.config) is None
  (tmp_path / "run" / "config.json").unlink()
  with pytest.raises(OSError, match=r"holds versions\.json without config\.json"):
    runs.check_workdir(tmp_path / "run", setup.config)
  with pytest.raises(OSError, match="is a file, must be a directory"):
    runs.check_workdir(__file__, setup.config)
  assert runs.check_workdir(tmp_path / "none", setup.config) is None


def test_noise_is_that_of_the_config():
  setup = small_setup(noise_seed=5)
  expected = noise.symmetric(
    setup.dataset.train_labels, 10, SMALL.noise_rate, key=jax.random.key(5)
  )
  np.testing.assert_array_equal(setup.train_labels.noisy, expected.noisy)
