import chex
import jax
import numpy as np
import pytest

from noisy_jax import models
from noisy_jax.training import replicas
from tests.small_setups import small_setup

MODELS = {
  "cnn": models.CNN(3, blocks=((4,),), hidden=8, axis_name=replicas.AXIS),
  "resnet": models.ResNet(3, (1,), width=4, axis_name=replicas.AXIS),
}


def images(seed=0):
  return np.random.default_rng(seed).standard_normal((8, 8, 8, 2)).astype(np.float32)


def fresh(model):
  return jax.jit(lambda: model.init(jax.random.key(0), images(), train=False))()


def train_mode(model, variables, images):
  """Logits and changes, with the statistics of these images alone."""
  apply = model.clone(axis_name=None).apply
  return jax.jit(lambda v: apply(v, images, train=True, mutable=["batch_stats"]))(variables)


def step(variables, images, *, model, axis_name):
  """Logits, running statistics and gradient of the mean loss for label 0."""
  params, batch_stats = variables["params"], variables["batch_stats"]

  def mean_loss(params):
    logits, updates = model.apply(
      {"params": params, "batch_stats": batch_stats},
      images,
      train=True,
      mutable=["batch_stats"],
    )
    return -jax.nn.log_softmax(logits)[:, 0].mean(), (logits, updates["batch_stats"])

  gradient, (logits, batch_stats) = jax.grad(mean_loss, has_aux=True)(params)
  return logits, batch_stats, jax.lax.pmean(gradient, axis_name)


@pytest.mark.parametrize("name", MODELS)
def test_any_number_of_devices_gives_the_same(name):
  model = MODELS[name]
  variables = fresh(model)
  results = []
  for n in (1, 2, 4):
    devices = jax.local_devices()[:n]
    parts = np.stack(np.split(images(), n))
    run = replicas.pmap(step, devices, model=model)
    logits, *shared = run(replicas.stack(variables, devices), parts)
    for leaf in jax.tree.leaves(shared):
      copies = np.asarray(leaf)
      np.testing.assert_array_equal(copies, np.broadcast_to(copies[:1], copies.shape))
    results.append((np.concatenate(np.asarray(logits)), *replicas.unstack(shared)))
  for result in results[1:]:
    chex.assert_trees_all_close(result, results[0], atol=1e-5)
  # The gradient is not zero, and the devices' parts do differ.
  assert max(np.abs(leaf).max() for leaf in jax.tree.leaves(results[0][2])) > 0.01
  alone, _ = train_mode(model, variables, images()[:2])
  assert np.abs(alone - results[0][0][:2]).max() > 0.01


@pytest.mark.parametrize("name", ["cnn4", "resnet18"])
def test_networks_that_are_trained_share_their_statistics(name):
  assert small_setup(model=name).model.axis_name == replicas.AXIS


def test_running_statistics_move_by_a_tenth():
  model = MODELS["resnet"]
  variables = fresh(model)
  _, updates = train_mode(model, variables, images())
  stem = jax.lax.conv_general_dilated(
    images(),
    variables["params"]["Conv_0"]["kernel"],
    (1, 1),
    ((1, 1), (1, 1)),
    dimension_numbers=("NHWC", "HWIO", "NHWC"),
  )
  moved = updates["batch_stats"]["BatchNorm_0"]
  np.testing.assert_allclose(moved["mean"], 0.1 * stem.mean((0, 1, 2)), atol=1e-6)
  np.testing.assert_allclose(moved["var"], 0.9 + 0.1 * stem.var((0, 1, 2)), rtol=1e-5)


def test_evaluation_depends_on_no_other_example():
  model = MODELS["resnet"]
  variables = fresh(model)
  variables["batch_stats"] = jax.tree.map(lambda leaf: leaf + 0.5, variables["batch_stats"])
  evaluate = jax.jit(lambda x: model.apply(variables, x, train=False))
  other = np.concatenate([images()[:4], images(seed=1)[:4]])
  np.testing.assert_allclose(evaluate(other)[:4], evaluate(images())[:4], rtol=1e-5)
  assert (evaluate(other)[4:] != evaluate(images())[4:]).any()
