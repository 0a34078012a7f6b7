import chex
import jax
import numpy as np
import pytest

from noisy_jax import analysis, models


def test_mlp_gives_a_logit_per_class():
  model = models.MLP(num_classes=7, widths=(16, 8))
  images = np.zeros((3, 8, 24, 1), np.float32)
  logits, variables = model.init_with_output(jax.random.key(0), images)
  chex.assert_shape(logits, (3, 7))
  sizes = [leaf.size for leaf in jax.tree.leaves(variables)]
  assert sum(sizes) == (192 + 1) * 16 + (16 + 1) * 8 + (8 + 1) * 7


def test_mlp_has_two_hidden_layers_of_1024_by_default():
  assert tuple(models.MLP(10).widths) == (1024, 1024)


def test_every_hidden_layer_halves_the_variance_of_fresh_logits():
  images = np.random.default_rng(0).standard_normal((200, 8, 24, 1)).astype(np.float32)
  keys = jax.random.split(jax.random.key(0), 5)
  for layers in (1, 2):
    model = models.MLP(100, (1024,) * layers)
    logits = analysis.initial_logits(model, images, keys)
    chex.assert_shape(logits, (5, 200, 100))
    assert abs(float(logits.std()) - 0.5 ** (layers / 2)) < 0.05


def test_another_key_gives_another_network():
  keys = jax.random.split(jax.random.key(0), 2)
  first, second = analysis.initial_logits(models.MLP(5), np.ones((1, 4, 4, 1)), keys)
  assert (first != second).all()


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
    ([0, np.nan], "nan"),
  ],
)
def test_normal_fit_refuses_what_has_none(logits, message):
  with pytest.raises(ValueError, match=message):
    analysis.normal_fit(logits)
