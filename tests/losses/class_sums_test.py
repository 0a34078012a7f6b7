import jax
import numpy as np

from noisy_jax import losses


def test_rounding_does_not_add_up_over_many_chunks():
  num_classes = 300_000
  normal = np.random.default_rng(0).standard_normal((1, num_classes), np.float32)
  weights = np.float32(2e-4) * normal
  one, label = np.ones((1, 1), np.float32), np.zeros(1, int)

  @jax.jit
  def both(weights):
    share, ce = (losses.fused_head(f, chunk_size=50) for f in (losses.ngce, losses.ce))
    return share(one, weights, label), jax.grad(lambda w: ce(one, w, label)[0])(weights)

  exps = np.exp(weights.astype(float))
  p = exps / exps.sum()
  tempered = 1 - p**0.7
  expected = tempered[:, 0] / tempered.sum(), p - (np.arange(num_classes) == 0)
  for found, wanted in zip(both(weights), expected, strict=True):
    np.testing.assert_allclose(found, wanted, rtol=2e-6)
