import dataclasses

import numpy as np
import pytest

from noisy_jax import data, noise, runs
from noisy_jax.training import objective
from tests import commands, workdirs

with commands.flags_apart() as FLAGS:
  from noisy_jax.cli import estimate_noise

run = commands.runner(estimate_noise, values=FLAGS)
CONFIG = dataclasses.replace(workdirs.CONFIG, noise_rate=0.3)


@pytest.fixture
def workdir(tmp_path, monkeypatch):
  workdirs.save(tmp_path / "run", [(2, (2, 0), 1.0, 0.3)], CONFIG)
  dataset = data.digits(10, train_size=64, test_size=10)
  monkeypatch.setattr(data, "load", lambda *_, **__: dataset)
  return tmp_path / "run"


@pytest.mark.parametrize("method", ["confident_joint", "anchor"])
def test_the_matrix_is_that_of_the_network_and_its_labels(method, workdir, tmp_path):
  out = tmp_path / "matrix.npy"
  assert run(f"--workdir={workdir}", f"--method={method}", f"--out={out}") is None
  images = data.digits(10, train_size=64, test_size=10).train_images
  trained = runs.load_trained(workdir)
  probabilities = runs.probabilities(trained, images)
  labels = runs.read_labels(workdir)
  assert labels.flipped.any()
  expected = noise.estimate_transition(probabilities, labels.noisy, method=method)
  np.testing.assert_array_equal(np.load(out), expected)
  config = dataclasses.replace(CONFIG, correction=f"forward:{out}")
  found = objective.build(config.parts.objective, 10, 1).matrix
  np.testing.assert_allclose(found, expected, rtol=1e-6)
  as_text = tmp_path / "matrix.csv"
  assert run(f"--workdir={workdir}", f"--method={method}", f"--out={as_text}") is None
  np.testing.assert_array_equal(np.loadtxt(as_text, delimiter=","), np.load(out))
  np.testing.assert_allclose(noise.load_matrix(as_text, 10), np.load(out), rtol=1e-6)
  likeliest = runs.predict(trained, images)
  np.testing.assert_array_equal(probabilities.argmax(-1), likeliest.labels)
  np.testing.assert_allclose(probabilities.max(-1), likeliest.confidences, rtol=1e-5)


@pytest.mark.parametrize(
  "arguments, message",
  [
    (["matrix.npy"], "error: unexpected argument 'matrix.npy'"),
    (["--out=matrix.txt"], "error: out: matrix.txt, must be a file that ends in .npy or"),
    (["--out=here.npy"], "error: out: here.npy exists"),
    (["--out=no/matrix.npy"], "error: out: no, there is no such directory"),
    (["--out=new.npy"], "error: workdir: None, must be that of a run"),
    (["--out=new.npy", "--workdir=no"], "error: workdir: no, there is no such directory"),
    (["--out=new.npy", "--workdir=run", "--method=guess", "--folds=5"],
     "error: method: 'guess', must be one of confident_joint, anchor"),
    (["--out=new.npy", "--workdir=run", "--folds=2", "--checkpoint=best"],
     "error: checkpoint: best, must be left out with folds"),
    (["--out=new.npy", "--workdir=run", "--folds=1"],
     "error: num_folds: 1, must be a whole number from 2 to the "),
  ],
)  # fmt: skip
def test_bad_input_gets_one_line(arguments, message, workdir, tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  (tmp_path / "here.npy").write_text("")
  code = run(*arguments)
  assert code.startswith(message)
  assert "\n" not in code
  assert not (tmp_path / "new.npy").exists()


def a_run_that_has_memorised(workdir):
  config = dataclasses.replace(CONFIG, widths=(64,), epochs=60, noise_rate=0.4)
  dataset = data.digits(10, train_size=64, test_size=10)
  setup = runs.prepare(config, dataset=dataset)
  assert runs.run(setup, workdir)["memorised"] == 1
  return setup


def test_memorised_labels_are_no_estimate_but_folds_are(tmp_path, monkeypatch, capsys):
  dataset = data.digits(10, train_size=64, test_size=10)
  monkeypatch.setattr(data, "load", lambda *_, **__: dataset)
  workdir, out = tmp_path / "run", tmp_path / "matrix.npy"
  setup = a_run_that_has_memorised(workdir)
  trained = runs.load_trained(workdir)
  own, held_out = (
    probabilities[np.arange(len(labels)), labels].mean()
    for probabilities, labels in (
      (runs.probabilities(trained, dataset.train_images), setup.train_labels.noisy),
      (runs.probabilities(trained, dataset.test_images), dataset.test_labels),
    )
  )
  message = run(f"--workdir={workdir}", f"--out={out}")
  assert message.startswith(
    f"error: checkpoint: last finds its training labels {own:.3f} probable on average, "
    f"and test labels {held_out:.3f}, must be at most 0.02 less"
  )
  assert "--checkpoint=best" in message
  assert "--folds=5" in message
  assert "\n" not in message
  assert not out.exists()
  # Another version may have drawn other labels: those of the run are in its workdir.
  held = dict(np.load(workdir / "labels.npz"))
  held["noisy"] = np.roll(held["noisy"], 1)
  np.savez(workdir / "labels.npz", **held)
  capsys.readouterr()
  assert run(f"--workdir={workdir}", "--folds=2", f"--out={out}") is None
  lines = capsys.readouterr().out.splitlines()
  assert [line.partition(":")[0] for line in lines[:2]] == ["fold 1 of 2", "fold 2 of 2"]
  labels = runs.read_labels(workdir)
  np.testing.assert_array_equal(labels.noisy, held["noisy"])
  others = runs.out_of_fold_probabilities(setup._replace(train_labels=labels), 2)
  expected = noise.estimate_transition(others, labels.noisy)
  np.testing.assert_allclose(np.load(out), expected, rtol=1e-6)


def test_labels_of_other_images_than_there_are_now_are_refused(workdir, monkeypatch):
  changed = data.digits(10, train_size=64, test_size=10)
  changed = changed._replace(train_labels=np.roll(changed.train_labels, 1))
  monkeypatch.setattr(data, "load", lambda *_, **__: changed)
  for folds in (0, 2):
    message = run(f"--workdir={workdir}", f"--folds={folds}", f"--out={workdir}/new.npy")
    assert message.startswith(f"error: workdir: {workdir} holds another run: the data set")
