"""experiments/estimate_noise.py: from the workdir of a run to a matrix that corrects."""

import dataclasses
import functools

import numpy as np
import pytest
from absl import flags

from noisy_jax import data, noise, training
from noisy_jax.training import objective
from tests import workdirs

FLAGS = flags.FlagValues()
with pytest.MonkeyPatch.context() as patch:
  # Apart from those of other programs, some of which have the same names.
  define = functools.partial(flags.DEFINE_string, flag_values=FLAGS)
  patch.setattr(flags, "DEFINE_string", define)
  from experiments import estimate_noise

CONFIG = dataclasses.replace(workdirs.CONFIG, noise_rate=0.3)


@pytest.fixture
def workdir(tmp_path, monkeypatch):
  workdirs.save(tmp_path / "run", [(2, (2, 0), 1.0, 0.3)], CONFIG)
  monkeypatch.setattr(
    data, "load", lambda name, *_, **__: data.digits(10, train_size=64, test_size=10)
  )
  return tmp_path / "run"


def run(*arguments):
  """Runs main with these flags; returns its message if it exits with one."""
  FLAGS.unparse_flags()
  for name in FLAGS:
    FLAGS[name].unparse()
  try:
    estimate_noise.main(FLAGS(["estimate_noise", *arguments]))
  except SystemExit as error:
    return error.code
  return None


@pytest.mark.parametrize("method", ["confident_joint", "anchor"])
def test_the_matrix_is_that_of_the_network_and_its_labels(method, workdir, tmp_path):
  out = tmp_path / "matrix.npy"
  assert run(f"--workdir={workdir}", f"--method={method}", f"--out={out}") is None
  images = data.digits(10, train_size=64, test_size=10).train_images
  trained = training.load_trained(workdir)
  probabilities = training.probabilities(trained, images)
  labels = training.read_labels(workdir)
  assert labels.flipped.any()
  expected = noise.estimate_transition(probabilities, labels.noisy, method=method)
  np.testing.assert_array_equal(np.load(out), expected)
  config = dataclasses.replace(CONFIG, correction=f"forward:{out}")
  np.testing.assert_allclose(objective.build(config, 10, 1).matrix, expected, rtol=1e-6)
  likeliest = training.predict(trained, images)
  np.testing.assert_array_equal(probabilities.argmax(-1), likeliest.labels)
  np.testing.assert_allclose(probabilities.max(-1), likeliest.confidences, rtol=1e-5)


@pytest.mark.parametrize(
  "arguments, message",
  [
    (["matrix.npy"], "error: unexpected argument 'matrix.npy'"),
    (["--out=matrix.csv"], "error: out: matrix.csv, must be a file that ends in .npy"),
    (["--out=here.npy"], "error: out: here.npy exists"),
    (["--out=no/matrix.npy"], "error: out: no, there is no such directory"),
    (["--out=new.npy"], "error: workdir: None, must be that of a run"),
    (["--out=new.npy", "--workdir=no"], "error: workdir: no, there is no such directory"),
    (
      ["--out=new.npy", "--workdir=run", "--method=guess"],
      "error: method: 'guess', must be one of confident_joint, anchor",
    ),
  ],
)
def test_bad_input_gets_one_line_and_no_file(
  arguments, message, workdir, tmp_path, monkeypatch
):
  monkeypatch.chdir(tmp_path)
  (tmp_path / "here.npy").write_text("")
  code = run(*arguments)
  assert code.startswith(message)
  assert "\n" not in code
  assert not (tmp_path / "new.npy").exists()
