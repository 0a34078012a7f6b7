import jax
import numpy as np

from noisy_jax import losses


def test_one_minus_exp_has_the_exact_value_and_derivative():
  x = np.float32([-1e-9, -1e-3, -1.0, -10.0, -17.5, -40.0, -80.0])
  value, slope = jax.vmap(jax.value_and_grad(losses.one_minus_exp))(x)
  np.testing.assert_allclose(value, -np.expm1(np.float64(x)), rtol=1e-6)
  np.testing.assert_allclose(slope, -np.exp(np.float64(x)), rtol=1e-6)
