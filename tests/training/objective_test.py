import dataclasses
import json

import numpy as np
import pytest

from noisy_jax import data, losses, noise, runs, training
from noisy_jax.analysis import calibration
from noisy_jax.runs import chosen
from noisy_jax.training import objective

SMALL = training.TrainConfig(dataset="digits4", widths=(8,), epochs=1, batch_size=32)
MATRIX = noise.pairflip_matrix(4, 0.3)
LOGITS = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)
LABELS = np.arange(6) % 4


@pytest.fixture
def path(tmp_path):
  np.save(tmp_path / "matrix.npy", MATRIX)
  return tmp_path / "matrix.npy"


def built(num_classes=4, **changes):
  parts = dataclasses.replace(SMALL, **changes).parts
  return objective.build(parts.objective, num_classes, 100)


@pytest.mark.parametrize(
  "kind, corrected",
  [("forward", losses.forward_correction), ("backward", losses.backward_correction)],
)
def test_a_correction_reads_its_matrix(kind, corrected, path):
  found = built(correction=f"{kind}:{path}")
  assert found.loss == corrected(MATRIX)
  np.testing.assert_array_equal(found.matrix, MATRIX)
  assert found.description == f"ce corrected {kind}:{path}"
  assert str(found.expression) == "ce"


def test_the_bias_comes_before_the_clip_and_is_made_for_it():
  given = built(loss="mae", logit_clip=0.5, logit_bias=2.0)
  clipped = losses.with_logit_clip(losses.parse("mae"), 0.5)
  assert given.loss == losses.with_logit_bias(clipped, 2.0)
  assert given.description == "mae of logits clipped at 0.5"
  with_bias = losses.clip_logits(losses.add_logit_bias(LOGITS, LABELS, 2.0), 0.5)
  np.testing.assert_array_equal(given.loss(LOGITS, LABELS), losses.mae(with_bias, LABELS))
  chosen = built(20, loss="mae", logit_clip=9.0, logit_bias="auto")
  expected = calibration.logit_bias(losses.with_logit_clip(losses.parse("mae"), 9.0), 20)
  assert (chosen.logit_bias, chosen.bias_reason) == (expected.value, expected.reason)


@pytest.mark.parametrize(
  "around",
  [
    {"correction": "forward"},
    {"loss": "mae", "logit_clip": 0.5},
    {"loss": "mae", "logit_bias": 2.0, "bias_schedule": "fading"},
    {"loss": "gce(q=0.5)", "q_schedule": "rising"},
  ],
)
def test_what_was_chosen_is_an_expression_whatever_is_around_the_loss(around, path):
  if "correction" in around:
    around = {"correction": f"forward:{path}"}
  found = built(**around)
  # A report writes out its defaults.
  assert losses.parse(chosen.of_objective(found)["loss"]) == found.expression


def test_views_are_as_many_as_the_loss_compares_where_they_differ():
  assert built(loss="gjs", augmentation="flip").num_views == 2
  assert built(loss="2*gjs(pi=0.1)", augmentation="flip").num_views == 2
  assert built(loss="gjs", augmentation="none").num_views == 1
  assert built(loss="js", augmentation="flip").num_views == 1
  with pytest.raises(ValueError, match=r"^loss: gjs \+ mae, must not add losses of one"):
    built(loss="gjs + mae", augmentation="flip")
  with pytest.raises(ValueError, match=r"^pi: 1\.0, must be in \(0, 1\)"):
    built(loss="gjs(pi=1)", augmentation="flip")
  assert built(loss="gjs(pi=1)").num_views == 1


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"correction": "forward"}, "correction: unknown 'forward'; known: none, forward:FILE"),
    ({"correction": "sideways:x.npy"}, "correction: unknown 'sideways:x.npy'"),
    ({"correction": "forward:x.npy", "loss": "mae"}, "loss: mae, must be ce, which alone"),
    ({"correction": "forward:x.npy", "logit_bias": "auto"},
     "logit_bias: auto, must be a number with a correction"),
    ({"logit_clip": -1.0}, "logit_clip: -1.0, must be a number from 0 up"),
  ],
)  # fmt: skip
def test_what_cannot_be_corrected_or_clipped_is_refused(changes, message):
  with pytest.raises(ValueError, match=f"^{message}"):
    dataclasses.replace(SMALL, **changes)


def test_files_that_do_not_fit_are_named(tmp_path, path):
  with pytest.raises(OSError, match=r"^correction: forward:.*none\.npy: No such file"):
    built(correction=f"forward:{tmp_path}/none.npy")
  with pytest.raises(ValueError, match=r"^correction: forward:.*matrix\.npy: matrix"):
    built(5, correction=f"forward:{path}")
  np.save(path, np.full((4, 4), 0.25))
  with pytest.raises(ValueError, match=r"^correction: backward:.*: condition number"):
    built(correction=f"backward:{path}")


def test_a_run_trains_with_its_correction_and_keeps_the_matrix(tmp_path, path):
  config = dataclasses.replace(SMALL, noise=f"matrix:{path}", correction=f"forward:{path}")
  dataset = data.digits(4, train_size=64, test_size=16)
  setup = runs.prepare(config, dataset=dataset)
  assert setup.objective.loss == losses.forward_correction(MATRIX)
  assert runs.run(setup, tmp_path / "run")["test_top5"] == 1  # of four classes
  with np.load(tmp_path / "run" / "labels.npz") as saved:
    np.testing.assert_array_equal(saved["matrix"], MATRIX)
  held = json.loads((tmp_path / "run" / "config.json").read_text())
  assert held["chosen"]["loss"] == "ce"
  np.save(path, noise.pairflip_matrix(4, 0.2))
  (tmp_path / "run" / "summary.json").unlink()
  with pytest.raises(OSError, match="has other matrix than data and files now give"):
    runs.run(runs.prepare(config, dataset=dataset), tmp_path / "run")
