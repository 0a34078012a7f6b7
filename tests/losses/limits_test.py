import jax
import numpy as np

from noisy_jax import losses, noise
from tests.losses.battery import batch

# All but nce, nfl and ngce, whose docstrings ask for finite logits.
WITH_LIMITS = [
  *(name for name in losses.NAMES if name not in ("nce", "nfl", "ngce")),
  "ls(alpha=0)",
  "gce(q=0)",
  "sce(alpha=0)",
  "fl(detach=True)",
  "agce(a=0.00001, q=0.5)",
  "aul(a=1.05, q=6)",
  "polysoft(lam=8, d=4)",
  "js(pi=0)",
  "js(pi=1)",
  "bi_tempered(t1=0.5, t2=4)",
  "bi_tempered(t1=0.3, t2=0.9)",
  "bi_tempered(t1=1, t2=1)",
  "ece(m=0.1, q_min=0.05)",
]


def test_a_logit_of_minus_infinity_is_the_limit_of_low_ones():
  symmetric = noise.symmetric_matrix(5, 0.3)
  limits = {
    **{name: losses.parse(name) for name in WITH_LIMITS},
    "biased": losses.with_logit_bias(losses.jensen_shannon, 2.0),
    "forward": losses.forward_correction(symmetric),
    "forward, clean": losses.forward_correction(np.eye(5)),
    "backward": losses.backward_correction(symmetric),
    "backward, clean": losses.backward_correction(np.eye(5)),
  }
  logits = batch(num=1, num_classes=5)[0][0]
  is_third = np.arange(5) == 3

  @jax.jit
  def in_all_ways(logits):
    def of(loss):
      def of_one(label):
        value, gradient = jax.value_and_grad(loss)(logits, label)
        return value, gradient, jax.jacfwd(loss)(logits, label)

      return jax.vmap(of_one)(np.array([3, 0]))

    return {name: of(loss) for name, loss in limits.items()}

  expected = in_all_ways(np.where(is_third, np.float32(-9e29), logits))
  found = in_all_ways(np.where(is_third, -np.inf, logits))
  for name, (value, gradient, forward) in found.items():
    limit, slope, _ = expected[name]
    limit = np.where(np.abs(limit) > 1e20, np.copysign(np.inf, limit), limit)
    # The heavy tail of bi_tempered(t2=4) still weighs 1e-5 there.
    np.testing.assert_allclose(value, limit, rtol=2e-5, err_msg=name)
    np.testing.assert_allclose(gradient, slope, rtol=1e-5, atol=1e-7, err_msg=name)
    np.testing.assert_allclose(forward, slope, rtol=1e-5, atol=1e-7, err_msg=name)


ENDS = [
  ("taylor_ce(t=1)", "mae(scale=1)", 1e-6),
  ("phuber_ce(tau=1)", "mae(scale=1)", 1e-6),
  ("phuber_ce(tau=100000000)", "ce", 0),
  ("gce(q=1)", "mae(scale=1)", 1e-6),
  ("gce(q=0.000001)", "ce", 1e-4),
  ("agce(a=1e-30, q=0.7)", "gce", 1e-5),
  ("polysoft(lam=1428571, d=1.000001)", "gce", 1e-4),
  ("nnfl(gamma=0)", "nnce", 1e-6),
]


def test_at_the_ends_of_a_hyperparameter_one_loss_is_another():
  logits, labels = batch(num=20)
  texts = {text for row in ENDS for text in row[:2]}
  of_text = jax.jit(lambda z: {text: losses.parse(text)(z, labels) for text in texts})
  values = of_text(logits)
  for text, other, rtol in ENDS:
    np.testing.assert_allclose(values[text], values[other], rtol=rtol, err_msg=text)
