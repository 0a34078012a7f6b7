import functools
import re

import jax
import numpy as np
import pytest
from jax.sharding import PartitionSpec as P

from noisy_jax import losses

FEATURES = np.ones((12, 8), np.float32)
WEIGHTS = np.ones((8, 36), np.float32)
BIAS = np.ones(36, np.float32)
LABELS = np.arange(12)


def test_equal_heads_are_one_to_jit():
  def head(text):
    return losses.fused_head(losses.with_logit_bias(losses.parse(text), 2))

  assert head("nce + mae") == head("nce+mae")
  assert hash(head("nce + mae")) == hash(head("nce+mae"))
  assert head("nce + mae") != head("nce")


def clipped(logits, labels):
  return losses.ce(losses.clip_logits(logits, 1.0), labels)


@pytest.mark.parametrize(
  "loss, name",
  [
    (losses.bi_tempered, "bi_tempered"),
    (losses.parse("mae + bi_tempered"), "bi_tempered"),
    (functools.partial(losses.ldr_kl, normalize=True), "ldr_kl"),
    (losses.with_logit_clip(losses.ce, 1.0), "ClippedLoss(loss=<function"),
    (losses.with_logit_bias(clipped, 1.0), "<function clipped"),
  ],
  ids=["bi_tempered", "in a sum", "normalized", "clipped", "own"],
)
def test_a_loss_that_needs_all_logits_is_refused_in_one_line(loss, name):
  message = f"^loss: {re.escape(name)}.*, must be a sum of ce, ls, mae, .*, amse, "
  with pytest.raises(ValueError, match=message) as caught:
    losses.fused_head(loss)
  assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
  "change, kind, message",
  [
    ({"features": LABELS}, TypeError, "features: int32[12], must be floats"),
    ({"weights": LABELS}, TypeError, "weights: int32[12], must be floats"),
    ({"features": np.float32(1)}, ValueError, "features: float32[], must be float[..., d]"),
    ({"weights": WEIGHTS[:5]}, ValueError, "weights: float32[5, 36], must be float[8, K]"),
    (
      {"weights": WEIGHTS[:, :0]},
      ValueError,
      "weights: float32[8, 0], must be float[8, K]",
    ),
    ({"bias": BIAS[:5]}, ValueError, "bias: float32[5], must be float[36]"),
    ({"labels": BIAS[:12]}, TypeError, "labels: float32[12], must be integers [12]"),
    (
      {"labels": LABELS[:5]},
      ValueError,
      "labels: int64[5], must be integers [12], as from features float32[12, 8]",
    ),
  ],
)
def test_arguments_that_do_not_fit_are_refused_in_one_line(change, kind, message):
  given = dict(features=FEATURES, weights=WEIGHTS, labels=LABELS, bias=None) | change
  with pytest.raises(kind, match="^" + re.escape(message)) as caught:
    losses.fused_head(losses.mae)(**given)
  assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
  "loss, message",
  [
    (functools.partial(losses.nfl, gamma=-1.0), "gamma: -1.0, must be in [0, inf)"),
    (functools.partial(losses.gce, q=BIAS[:5]), "q: float32[5], must be a scalar or"),
    (functools.partial(losses.ldr_kl, lam=BIAS[:12]), "lam: float32[12], must be a scalar"),
    (losses.parse("gce(q=auto)"), "loss: gce(q=auto), must have a number in place of auto"),
  ],
)
def test_hyperparameters_out_of_range_are_refused_in_one_line(loss, message):
  with pytest.raises(ValueError, match="^" + re.escape(message)) as caught:
    losses.fused_head(loss)(FEATURES, WEIGHTS, LABELS)
  assert "\n" not in str(caught.value)


def test_a_choice_may_be_of_numpy():
  loss = functools.partial(losses.nfl, detach=np.True_)
  values = jax.eval_shape(losses.fused_head(loss), FEATURES, WEIGHTS, LABELS)
  assert values.shape == LABELS.shape


AUTO = (jax.sharding.AxisType.Auto,)
SPLIT, WHOLE = P(None, "classes"), P()


def on_two_devices(head, of_examples, of_weights, **options):
  """Values of a head in `jax.shard_map`, of 4 examples and classes of equal weights."""
  mapped = jax.shard_map(
    head,
    mesh=jax.make_mesh((2,), ("classes",), axis_types=AUTO),
    in_specs=(of_examples, of_weights, of_examples),
    out_specs=of_examples,
    **options,
  )
  return mapped(np.ones((4, 2), "f"), np.ones((2, 4), "f"), np.arange(4, dtype=np.int32))


@pytest.mark.parametrize(
  "axis_name, of_examples, of_weights, options, message",
  [
    (None, WHOLE, SPLIT, {}, "None, must be 'classes': the weights are split over it"),
    ("classes", WHOLE, WHOLE, {}, "classes, must be an axis of jax.shard_map, with check_"),
    ("classes", WHOLE, SPLIT, {"check_vma": False}, "classes, must be an axis of jax.shar"),
    ("classes", P("classes"), SPLIT, {}, "classes, must be an axis over which the example"),
  ],
  ids=["unnamed axis", "whole weights", "unchecked map", "split examples"],
)
def test_weights_and_examples_that_are_split_otherwise_are_refused_in_one_line(
  axis_name, of_examples, of_weights, options, message
):
  head = losses.fused_head(losses.mae, axis_name=axis_name)
  with pytest.raises(ValueError, match=f"^axis_name: {message}") as caught:
    on_two_devices(head, of_examples, of_weights, **options)
  assert "\n" not in str(caught.value)


def test_examples_split_as_the_classes_may_be_gathered():
  def head(*arguments):
    features, labels = (
      jax.lax.all_gather(x, "classes", tiled=True, to="invarying") for x in arguments[::2]
    )
    values = losses.fused_head(losses.mae, axis_name="classes")(
      features, arguments[1], labels
    )
    return jax.lax.dynamic_slice_in_dim(values, 2 * jax.lax.axis_index("classes"), 2)

  values = on_two_devices(head, P("classes"), SPLIT)
  np.testing.assert_allclose(values, 1.5, rtol=1e-6)


def test_a_chunk_has_at_least_one_class():
  with pytest.raises(ValueError, match=r"^chunk_size: 0, must be an integer from 1 up$"):
    losses.fused_head(losses.mae, chunk_size=0)


@pytest.mark.parametrize("num", [4, 1024])
def test_a_million_classes_take_megabytes_beside_weights_and_gradient(num):
  shapes = (num, 256), (256, 1_000_000)
  arrays = [jax.ShapeDtypeStruct(shape, np.float32) for shape in shapes]

  def total(h, w, y):
    return losses.fused_head(losses.mae)(h, w, y).sum()

  gradient = jax.jit(jax.grad(total, (0, 1)))
  program = gradient.lower(*arrays, jax.ShapeDtypeStruct((num,), np.int32)).compile()
  assert program.memory_analysis().temp_size_in_bytes < 40e6
