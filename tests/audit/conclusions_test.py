import numpy as np
import pytest

from noisy_jax import data, noise, training
from noisy_jax.audit import audit, conclusions

NAMES = ("ant", "bat", "cow")
SMALL = data.digits(10, train_size=40, test_size=10)


def test_margins_are_those_of_logarithms():
  rng = np.random.default_rng(0)
  p = rng.dirichlet(np.full(7, 0.3), 50).astype(np.float32)
  p[0] = np.eye(7)[2]
  labels = rng.integers(0, 7, 50)
  labels[0] = 3
  scores, others = conclusions.margins(p, labels)
  tiny = np.finfo(np.float32).tiny
  for row, label, score, other in zip(p, labels, scores, others, strict=True):
    rest = [k for k in range(7) if k != label]
    likeliest = max(rest, key=lambda k: row[k])
    logs = [np.log(max(float(row[k]), float(tiny))) for k in (label, likeliest)]
    assert score == pytest.approx(logs[0] - logs[1], abs=1e-5)
    assert other == likeliest
  assert np.isfinite(scores).all()


def a_set(labels, split=None):
  split = split or len(labels) - 2
  images = np.random.default_rng(0).random((len(labels), 2, 2, 1)).astype(np.float32)
  dataset = data.from_arrays(
    images[:split], labels[:split], images[split:], labels[split:], class_names=NAMES
  )
  return data.pooled(dataset._replace(notes=("One file was left out.",)))


def predictions(size=300, rate=0.2, seed=0):
  """Probabilities that are right nearly always, and labels that are less often so."""
  rng = np.random.default_rng(seed)
  right = np.arange(size) % 3
  labels = np.where(rng.random(size) < rate, (right + 1) % 3, right)
  logits = 3 * np.eye(3)[right] + rng.normal(size=(size, 3))
  p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
  return p.astype(np.float32), labels


def test_as_many_labels_are_declared_as_are_wrong_by_estimate():
  p, labels = predictions()
  findings, summary = conclusions.conclude("pets", a_set(labels), p, out_of_fold=True)
  joint = noise.confident_joint(p, labels)
  assert findings.declared.sum() == round(300 - np.trace(joint))
  assert summary.noise_rate.value == pytest.approx(1 - np.trace(joint) / 300)
  scores, others = conclusions.margins(p, labels)
  np.testing.assert_array_equal(findings.scores, scores)
  np.testing.assert_array_equal(findings.declared, scores < summary.threshold)
  expected = np.where(findings.declared, others, p.argmax(axis=1))
  np.testing.assert_array_equal(findings.likely, expected)
  # The network prefers another class for some labels that are not declared.
  assert (scores[~findings.declared] < 0).any()
  assert findings.ids[[0, 299]].tolist() == ["train/0", "test/1"]
  np.testing.assert_allclose(summary.transition.sum(axis=1), 1)
  counts = np.bincount(labels)
  np.testing.assert_allclose(summary.class_noise, 1 - np.diagonal(joint) / counts)
  assert summary.class_names == NAMES
  assert summary.notes == ("One file was left out.",)
  assert "not trained on the example" in summary.score_meaning


def test_of_equal_scores_as_many_are_declared_as_is_nearest():
  right = np.arange(60) % 3
  labels = np.where(np.arange(60) < 12, 1, right)
  # The network is sure of every class, and has never seen the last one.
  p = np.eye(3, dtype=np.float32)[np.where(right == 2, 0, right)]
  findings, summary = conclusions.conclude("pets", a_set(labels), p, out_of_fold=True)
  is_wrong = p.argmax(axis=1) != labels
  np.testing.assert_array_equal(findings.declared, is_wrong)
  assert summary.threshold > 0
  # Where all are equal, none is likelier than another.
  p = np.full((60, 3), 1 / 3, np.float32)
  findings, _ = conclusions.conclude("pets", a_set(labels), p, out_of_fold=True)
  assert not findings.declared.any()


def test_notes_name_classes_and_a_network_that_repeats_its_labels():
  p, labels = predictions()
  # Of the last class few are left, and nearly all of the first are of the second.
  keep = (labels != 2) | (np.arange(300) < 30)
  p, labels = p[keep], labels[keep]
  few = (labels == 2).sum()
  found = conclusions.conclude("pets", a_set(labels), p, out_of_fold=False)[1].notes[1:]
  assert found == (f"classes with fewer than 20 examples, too few to judge: cow ({few})",)
  p, labels = predictions()
  swapped = np.where(labels == 0, np.where(np.arange(300) % 9 == 0, 0, 1), labels)
  swapped[np.flatnonzero(labels == 1)[:60]] = 0
  notes = conclusions.conclude("pets", a_set(swapped), p, out_of_fold=True)[1].notes[1:]
  assert notes[0].startswith("classes whose labels are mostly wrong: ant (")
  p, labels = predictions(rate=0)
  for out_of_fold in (False, True):
    found = conclusions.conclude("pets", a_set(labels), p, out_of_fold=out_of_fold)
    notes = [note for note in found[1].notes if "the network repeats" in note]
    assert len(notes) == (not out_of_fold)


def test_a_class_without_labels_is_refused_before_training(tmp_path):
  labels = np.array([0, 2, 0, 2, 0, 2])
  images = np.zeros((6, 2, 2, 1), np.float32)
  dataset = data.from_arrays(images, labels, images, labels, class_names=NAMES)
  with pytest.raises(ValueError, match="has no label of the class bat, must have one of"):
    audit.audit(training.TrainConfig(dataset="digits10"), tmp_path, dataset=dataset)
  assert not list(tmp_path.iterdir())


def test_ids_name_the_same_examples_after_others_are_left_out(tmp_path, monkeypatch):
  images, labels = np.arange(14, dtype=np.uint8)[:, None, None, None], np.arange(14) % 2
  dataset = data.from_arrays(images[:8], labels[:8], images[8:], labels[8:])
  file = tmp_path / "labels.csv"
  file.write_text("id,label\ntrain/0,\ntrain/2,0\ntrain/3,0\ntest/4,\n")
  # Without a training: any probabilities will do.
  monkeypatch.setattr(audit.runs, "prepare", lambda *_, **__: None)
  monkeypatch.setattr(audit.runs, "trained_once", lambda *_: None)
  probabilities = np.full((12, 2), 0.5, np.float32)
  monkeypatch.setattr(audit.runs, "probabilities", lambda *_: probabilities)
  config = training.TrainConfig(dataset="digits2", labels=str(file))
  found = audit.audit(config, tmp_path, dataset=dataset)
  names = data.example_ids(dataset)
  value_of = dict(zip([*names["train"], *names["test"]], range(14), strict=True))
  values = [value_of[id_] for id_ in found.findings.ids]
  assert values == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13]
  np.testing.assert_array_equal(found.images[:, 0, 0, 0], values)
  # The row of train/3 changes its label, that of train/2 does not.
  assert found.corrected == {"train/0": "", "train/3": "0", "test/4": ""}


def test_no_noise_is_added_whatever_the_kind(tmp_path):
  np.save(tmp_path / "matrix.npy", noise.symmetric_matrix(10, 0.4))
  kinds = {"noise": f"matrix:{tmp_path}/matrix.npy"}, {"noise": "open_set:2"}
  for settings in (*kinds, {"noise": "pairflip", "noise_rate": 0.3}):
    config = training.TrainConfig(dataset="digits10", **settings)
    made = training.noisy_set(audit.training_config(config), dataset=SMALL)
    assert not made.labels.flipped.any()
    assert made.dataset.num_classes == 10
