import inspect
import re

import chex
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from noisy_jax import analysis, models
from noisy_jax.models.initializers import initializers


def variables_of(model, *shape):
  """Shapes and dtypes of what a model holds, without computing anything."""
  images = jnp.zeros((2, *shape))
  return jax.eval_shape(lambda: model.init(jax.random.key(0), images, train=False))


@pytest.mark.parametrize(
  "name, num_classes, shape, size",
  [
    ("cnn4", 10, (28, 28, 1), 422_090),
    ("cnn5", 100, (32, 32, 3), 256_676),
    ("cnn8", 10, (32, 32, 3), 1_639_794),
    ("resnet18", 10, (32, 32, 3), 11_173_962),
    ("resnet34", 10, (32, 32, 3), 21_282_122),
    ("resnet34", 100, (32, 32, 3), 21_328_292),
    ("preact_resnet18", 10, (32, 32, 3), 11_172_170),
    ("preact_resnet34", 10, (32, 32, 3), 21_280_330),
    ("resnet50", 1000, (224, 224, 3), 25_557_032),
    ("resnet50_zero_init", 1000, (224, 224, 3), 25_557_032),
  ],
)
def test_networks_have_their_number_of_parameters(name, num_classes, shape, size):
  params = variables_of(models.build(name, num_classes), *shape)["params"]
  assert sum(leaf.size for leaf in jax.tree.leaves(params)) == size


@pytest.mark.parametrize("name", models.NAMES)
def test_the_catalogue_states_the_number_of_parameters(name):
  params = variables_of(models.build(name, 100), 32, 32, 3)["params"]
  size = sum(leaf.size for leaf in jax.tree.leaves(params))
  stated = inspect.getsource(models.catalogue)
  assert re.search(rf"^- [^.;]*{name}\b[^;]*\b{size:,}\b", stated, re.MULTILINE)


def test_fresh_blocks_pass_their_input_on_where_the_name_says_so():
  asked = models.build("resnet50_zero_init", 7)
  assert asked.zero_init
  assert asked.clone(zero_init=False) == models.build("resnet50", 7)


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("name", models.NAMES)
def test_only_the_inside_computes_in_bfloat16(name, train):
  model = models.build(name, 7, dtype=jnp.bfloat16)
  images = jnp.zeros((3, 16, 24, 3))
  (logits, _), variables = jax.eval_shape(
    lambda: (
      model.init_with_output(jax.random.key(0), images, train=train),
      model.init(jax.random.key(0), images, train=train),
    )
  )
  chex.assert_shape(logits, (3, 7))
  chex.assert_type([logits, *jax.tree.leaves(variables)], jnp.float32)


def test_bfloat16_changes_logits_by_its_rounding_alone():
  images = np.random.default_rng(0).standard_normal((8, 8, 8, 2)).astype(np.float32)
  keys = jax.random.split(jax.random.key(0), 1)
  logits = []
  for dtype in (jnp.float32, jnp.bfloat16):
    model = models.CNN(5, blocks=((4,), (8,)), hidden=16, dtype=dtype)
    logits.append(analysis.initial_logits(model, images, keys))
  difference = np.abs(logits[1] - logits[0]).max() / logits[0].std()
  assert 1e-4 < difference < 0.1


def test_cnns_refuse_images_that_pooling_would_use_up():
  for name in ("cnn5", "cnn8"):
    with pytest.raises(ValueError, match="images: 7 x 24, must be at least 8 x 8"):
      variables_of(models.build(name, 10), 7, 24, 3)
  kernel = variables_of(models.build("cnn8", 10), 8, 24, 3)["params"]["Dense_0"]["kernel"]
  assert kernel.shape == (1 * 3 * 196, 256)


def test_small_cnn_is_what_its_docstring_says():
  model = models.SmallCNN(5, channels=(3, 4))
  images = np.random.default_rng(0).standard_normal((2, 9, 8, 2)).astype(np.float32)
  logits, variables = model.init_with_output(jax.random.key(0), images, train=True)
  params = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), variables["params"])

  def layer(x, number):
    kernel = params[f"Conv_{number}"]["kernel"]
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    x = np.einsum("nhwcij,ijcd->nhwd", windows, kernel)
    x = (x - x.mean((0, 1, 2))) / np.sqrt(x.var((0, 1, 2)) + 1e-5)
    return np.maximum(x, 0)

  # The ninth row has no partner. Pixels of a square go line by line.
  squares = [images[:, i:8:2, j::2] for i in (0, 1) for j in (0, 1)]
  x = layer(np.concatenate(squares, -1).astype(np.float64), 0)
  x = layer(np.max([x[:, i::2, j::2] for i in (0, 1) for j in (0, 1)], 0), 1)
  x = (x + layer(x, 2)).mean((1, 2))
  head = params["Dense_0"]
  np.testing.assert_allclose(logits, x @ head["kernel"] + head["bias"], atol=1e-5)


def test_build_passes_settings_on_and_refuses_what_is_unknown():
  with pytest.raises(ValueError, match="model: unknown 'vgg'; known: mlp, linear, cnn4"):
    models.build("vgg", 10)
  with pytest.raises(ValueError, match="initialization: unknown 'he'; known: alfs, flax"):
    variables_of(models.build("mlp", 10, initialization="he"), 8, 8, 1)
  assert models.build("mlp", 10, widths=[5]).widths == (5,)
  model = models.build("cnn4", 10, widths=[5], initialization="flax", axis_name="devices")
  assert (model.initialization, model.axis_name) == ("flax", "devices")
  with pytest.raises(TypeError, match="train"):
    models.build("cnn4", 10).init(jax.random.key(0), jnp.zeros((1, 28, 28, 1)))


# Variances of weights with 24 inputs and 40 outputs, at 9 places for a convolution.
@pytest.mark.parametrize(
  "name, conv, dense, bias",
  [
    ("alfs", 2 / (9 * 24), 2 / (24 + 40), 1 / (3 * 24)),
    ("flax", 1 / (9 * 24), 1 / 24, 0),
    ("pytorch", 1 / (3 * 9 * 24), 1 / (3 * 24), 1 / (3 * 24)),
    ("torchvision", 2 / (9 * 40), 1 / (3 * 24), 1 / (3 * 24)),
  ],
)
def test_initializers_have_the_variance_they_state(name, conv, dense, bias):
  init = initializers(name)
  keys = jax.random.split(jax.random.key(0), (3, 20))
  for draw, key, shape, variance in [
    (init.conv, keys[0], (3, 3, 24, 40), conv),
    (init.dense, keys[1], (24, 40), dense),
    (init.bias(24), keys[2], (1000,), bias),
  ]:
    values = np.concatenate([np.ravel(draw(k, shape)) for k in key])
    assert np.mean(np.square(values)) == pytest.approx(variance, rel=0.03)
    assert abs(values.mean()) <= 0.03 * variance**0.5


def test_mlp_starts_as_flax_does_by_default():
  class Plain(nn.Module):
    @nn.compact
    def __call__(self, x):
      x = nn.relu(nn.Dense(6)(x))
      return nn.Dense(5)(x)

  images = np.random.default_rng(0).standard_normal((4, 3, 2, 1)).astype(np.float32)
  plain = Plain().init_with_output(jax.random.key(3), images.reshape(4, -1))
  for train in (False, True):
    ours = models.MLP(5, (6,)).init_with_output(jax.random.key(3), images, train=train)
    chex.assert_trees_all_equal(ours, plain)


@pytest.mark.parametrize(
  "model",
  [
    models.CNN(50, blocks=((4,),), hidden=16, axis_name="devices"),
    models.ResNet(50, (1,), width=8, axis_name="devices"),
    models.SmallCNN(50, (4, 4, 8), axis_name="devices"),
  ],
  ids=["cnn", "resnet", "small_cnn"],
)
def test_initial_logits_are_those_of_the_first_step(model):
  images = np.random.default_rng(0).standard_normal((32, 8, 8, 2)).astype(np.float32)
  # Far from standardised, as the inside of a network can be: only train mode undoes it.
  images = 20 * images + 50
  keys = jax.random.split(jax.random.key(0), 2)
  logits = analysis.initial_logits(model, images, keys)
  chex.assert_shape(logits, (2, 32, 50))
  model = model.clone(axis_name=None)

  @jax.jit
  def both_modes(key):
    variables = model.init(key, images, train=False)
    first_step, _ = model.apply(variables, images, train=True, mutable=["batch_stats"])
    return first_step, model.apply(variables, images, train=False)

  first_step, evaluated = both_modes(keys[1])
  np.testing.assert_allclose(logits[1], first_step, atol=1e-3)
  assert evaluated.std() > 5 * first_step.std()


def test_every_hidden_layer_halves_the_variance_of_fresh_logits():
  images = np.random.default_rng(0).standard_normal((200, 8, 24, 1)).astype(np.float32)
  keys = jax.random.split(jax.random.key(0), 5)
  for layers in (1, 2):
    model = models.MLP(100, (1024,) * layers)
    logits = analysis.initial_logits(model, images, keys)
    chex.assert_shape(logits, (5, 200, 100))
    assert abs(float(logits.std()) - 0.5 ** (layers / 2)) < 0.05


def test_each_key_gives_a_network_and_one_by_itself_is_refused():
  keys = jax.random.split(jax.random.key(0), 2)
  first, second = analysis.initial_logits(models.MLP(5), np.ones((1, 4, 4, 1)), keys)
  assert (first != second).all()
  with pytest.raises(ValueError, match=r"^keys: key<fry>\[\], must be one row of keys$"):
    analysis.initial_logits(models.MLP(5), np.ones((1, 4, 4, 1)), jax.random.key(0))


def test_normal_fit_tells_normal_logits_from_others():
  rng = np.random.default_rng(0)
  normal = analysis.normal_fit(3 + 2 * rng.standard_normal((100, 200)))
  assert normal.mean == pytest.approx(3, abs=0.05)
  assert normal.std == pytest.approx(2, rel=0.02)
  assert normal.distance < 0.01
  # The largest difference between a uniform and a normal distribution function.
  assert analysis.normal_fit(rng.random(20_000)).distance == pytest.approx(0.057, abs=0.01)


@pytest.mark.parametrize(
  "logits, message",
  [
    ([1.0], "logits: 1 of them"),
    (np.ones(5), "at least two that differ"),
    # The mean of these is rounded.
    ([0.1] * 3, "at least two that differ"),
    ([0, np.nan], "nan"),
  ],
)
def test_normal_fit_refuses_what_has_none(logits, message):
  with pytest.raises(ValueError, match=message):
    analysis.normal_fit(logits)
