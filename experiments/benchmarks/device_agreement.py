"""How far an accelerator's results are from the CPU's, in float32.

  python -m experiments.benchmarks.device_agreement --out_dir=DIR

The same computations on both, from the same seeds: augmentation, values and gradients of
all losses, average error curves, and some steps of training, once with matrix products in
full float32 and once as the backend does them by default, which on a GPU may round their
factors to 10 bits. The difference is the largest one, over the largest absolute value of
the CPU's. Ends with status 1 if one is beyond its tolerance.
"""

import sys
from collections.abc import Collection, Mapping

import jax
import numpy as np

from experiments.benchmarks import page
from noisy_jax import analysis, data, losses, runs, training
from noisy_jax.cli import messages
from noisy_jax.training import loop, replicas

_NUM_STEPS, _BATCH_SIZE, _NUM_CLASSES = 8, 64, 100
# By the first word of what is compared. On a CPU, float32 losses are within 5e-7 of float64
# ones; another order of summation changes the weights that training has moved by 2e-5, and
# factors of 7 bits (bfloat16) by 0.2.
_TOLERANCES = {
  "augmentation": 0.0,
  "value": 1e-5,
  "gradient": 1e-5,
  "curve": 1e-4,
  "training": 1e-3,
  "default": 1e-1,
}


def benchmark() -> page.Pages:
  accelerator = jax.local_devices()[0]
  if accelerator.platform == "cpu":
    messages.fail("JAX finds no accelerator here to compare with the CPU")
  try:
    cpu = jax.local_devices(backend="cpu")[0]
  except RuntimeError as error:
    messages.fail(f"JAX has no CPU to compare with; is JAX_PLATFORMS set? ({error})")
  found = differences(results(accelerator), results(cpu))
  beyond = [name for name, difference in found.items() if difference > tolerance(name)]
  rows = [["", "difference", "tolerance", "within"]]
  for name, difference in found.items():
    within = "no" if name in beyond else "yes"
    rows.append([name, f"{difference:.1e}", f"{tolerance(name):.0e}", within])
  description = """float32 results against those of the CPU in the same process, the largest
    difference over the largest absolute value; 'default' is training as one gets it, the
    lines before it with matrix products in full float32."""
  yield description, rows
  if beyond:
    sys.exit(f"beyond its tolerance: {', '.join(beyond)}")


def tolerance(name: str) -> float:
  """The largest difference that a comparison of this name may have."""
  return _TOLERANCES[name.split()[0].rstrip(":")]


def differences(
  found: Mapping[str, np.ndarray], reference: Mapping[str, np.ndarray]
) -> dict[str, float]:
  """max |a - b| / max |b| of found a and reference b; infinite where one is not finite."""
  result = {}
  for name, expected in reference.items():
    exact = np.asarray(expected, np.float64)
    difference = np.abs(np.asarray(found[name], np.float64) - exact).max()
    difference /= np.abs(exact).max()
    result[name] = float(difference) if np.isfinite(difference) else float("inf")
  return result


def results(
  device: jax.Device,
  names: Collection[str] = losses.NAMES.keys(),
  networks: Collection[str] = ("mlp", "cnn4"),
) -> dict[str, np.ndarray]:
  """What a device computes, by what it is, for some losses and trained networks."""
  with jax.default_device(device):
    found = _augmentation() | _losses(names) | _curves()
    dataset = data.digits(_NUM_CLASSES, train_size=_NUM_STEPS * _BATCH_SIZE, test_size=64)
    for model in networks:
      with jax.default_matmul_precision("highest"):
        found |= _training(model, dataset, device)
      as_given = _training(model, dataset, device)
      found |= {f"default: {name}": as_given[name] for name in as_given}
  return found


def _augmentation():
  images = np.random.default_rng(0).integers(256, size=(64, 32, 32, 3), dtype=np.uint8)
  keys = jax.random.split(jax.random.key(0), len(images))
  augmented = jax.jit(data.parse_augmentation("crop+flip+cutout"))(keys, images)
  return {"augmentation by crop, flip and cutout": np.asarray(augmented)}


def _losses(names):
  rng = np.random.default_rng(0)
  logits = rng.standard_normal((256, 1000), np.float32)
  labels = rng.integers(1000, size=256).astype(np.int32)

  def all_of(z, y):
    found = {}
    for name in names:
      found[f"value of {name}"] = losses.NAMES[name](z, y)
      total = jax.grad(lambda z, loss=losses.NAMES[name]: loss(z, y).sum())
      found[f"gradient of {name}"] = total(z)
    return found

  return jax.device_get(jax.jit(all_of)(logits, labels))


def _curves():
  z = np.linspace(-4, 15, 61, dtype=np.float32)

  def curve(loss):
    errors = analysis.average_error(loss, 1000, z, key=jax.random.key(0), num_draws=400)
    return np.asarray(errors.mean)

  return {f"curve of {name}": curve(losses.NAMES[name]) for name in ("mae", "nce", "nfl")}


def _training(model, dataset, device):
  config = training.TrainConfig(
    dataset=f"digits{_NUM_CLASSES}",
    model=model,
    widths=(256, 256),
    batch_size=_BATCH_SIZE,
    epochs=1,
    learning_rate=0.01,
  )
  setup = runs.prepare(config, dataset=dataset, devices=[device])
  fresh = loop.state_of_seed(setup, config.seed).params
  for moment in training.train(setup):
    trained = replicas.unstack(moment.state.params, seed=0)
    steps = moment.totals.loss[0]
  changes = jax.tree.map(lambda a, b: np.ravel(np.asarray(a) - b), trained, fresh)
  return {
    f"training of {model}, loss of each step": steps,
    f"training of {model}, change of weights": np.concatenate(jax.tree.leaves(changes)),
  }


if __name__ == "__main__":
  page.run(benchmark, "Agreement with the CPU")
