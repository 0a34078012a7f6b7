import json

import numpy as np
import pytest

from experiments.paper import identities_page, identity_images
from noisy_jax.sweeps.finished_runs import RESULTS
from tests import commands

with commands.flags_apart() as FLAGS:
  from experiments.paper import identities

NUM_CLASSES = 100
CENTRES = identity_images.centres_of(NUM_CLASSES, np.random.default_rng(0))
IMAGES = identity_images.training_images(CENTRES)
IS_KNOWN = IMAGES.people >= 0


def test_images_of_a_person_have_a_cosine_of_one_half():
  units = IMAGES.features / 8
  np.testing.assert_allclose(np.linalg.norm(units, axis=1), 1, rtol=1e-5)
  cosines = units[IS_KNOWN] @ units[IS_KNOWN].T
  people = IMAGES.people[IS_KNOWN]
  same = people == people[:, None]
  np.fill_diagonal(cosines, np.nan)
  assert np.nanmean(cosines[same]) == pytest.approx(0.5, abs=0.02)
  assert np.nanmean(cosines[~same]) == pytest.approx(0, abs=0.02)
  # Strangers are like nobody, each other included.
  of_strangers = units[~IS_KNOWN] @ units.T
  assert np.sort(of_strangers, axis=1)[:, -2].max() < 0.75


def test_labels_are_wrong_at_the_rates_that_the_page_states():
  assert (~IS_KNOWN).mean() == 0.1
  wrong = IMAGES.labels[IS_KNOWN] != IMAGES.people[IS_KNOWN]
  assert wrong.mean() == pytest.approx(0.3, abs=1e-3)
  # Labels of strangers, and wrong ones, are of all classes.
  assert len(np.unique(IMAGES.labels[~IS_KNOWN])) > 50
  assert len(np.unique(IMAGES.labels[IS_KNOWN][wrong])) > 85
  right = identity_images.right_labels(IMAGES)
  np.testing.assert_array_equal(right.features, IMAGES.features[IS_KNOWN])
  np.testing.assert_array_equal(right.labels, IMAGES.people[IS_KNOWN])


def test_predictions_are_those_of_all_logits():
  weights = 3 * CENTRES.T
  label, confidence = identities.predict(weights, IMAGES.features[:300])
  logits = IMAGES.features[:300].astype(float) @ weights.astype(float)
  np.testing.assert_array_equal(label, logits.argmax(1))
  odds = np.exp(np.sort(logits))
  expected = np.log(odds[:, -1] / odds[:, :-1].sum(1))
  np.testing.assert_allclose(confidence, expected, rtol=1e-4, atol=1e-4)


def test_measures_of_a_head_that_knows_all_and_of_one_that_knows_nothing():
  shown = identities.trial(CENTRES, IMAGES)
  knowing, ignorant = CENTRES.T, np.zeros_like(CENTRES.T)
  assert identities.accuracy(knowing, shown) > 0.99
  assert identities.memorised(knowing, shown) < 0.01
  assert identities.auroc(knowing, shown) > 0.99
  # All logits are equal: it always says class 0.
  assert identities.accuracy(ignorant, shown) == pytest.approx(1 / NUM_CLASSES)
  wrong = IS_KNOWN & (IMAGES.labels != IMAGES.people)
  assert identities.memorised(ignorant, shown) == pytest.approx(
    np.mean(IMAGES.labels[wrong] == 0)
  )
  assert identities.auroc(ignorant, shown) == 0.5


def test_the_command_trains_what_has_no_row(tmp_path, monkeypatch):
  monkeypatch.setattr(identities, "BATCH_SIZE", 50)
  run, table = commands.runner(identities, values=FLAGS), tmp_path / "rows.jsonl"
  names = list(identities.contenders(NUM_CLASSES, num_steps=1))
  setting = dict(num_classes=NUM_CLASSES, epochs=4, chosen="", memorised=0.1, auroc=0.5)
  done = [
    dict(setting, loss=name, accuracies=[0.5], core_minutes=0.01)
    for name in names
    if name not in ("MAE, fading", identities.RIGHT_LABELS)
  ]
  table.write_text("".join(json.dumps(row) + "\n" for row in done))
  arguments = "--classes=100", "--epochs=4", f"--out_dir={tmp_path}"
  assert run(*arguments) is None
  rows = identities.read(table)
  assert rows[:5] == done
  assert [row["loss"] for row in rows[5:]] == ["MAE, fading", identities.RIGHT_LABELS]
  assert [len(row["accuracies"]) for row in rows[5:]] == [4, 4]
  assert rows[6]["accuracies"][-1] > 0.95
  assert rows[5]["accuracies"][-1] > 10 / NUM_CLASSES
  assert 0 <= rows[5]["memorised"] < 0.3
  assert rows[6]["memorised"] is None
  assert run(*arguments) is None
  assert identities.read(table) == rows
  page = (tmp_path / "README.md").read_text()
  assert page == identities_page.text(rows)
  assert page.count("\n| 100 |") == 7


def test_few_people_are_refused():
  run = commands.runner(identities, values=FLAGS)
  message = "error: classes: '99', must be integers from 100 up"
  assert run("--classes=99", "--out_dir=x") == message


def test_the_page_is_that_of_the_rows():
  place = RESULTS / "identities"
  rows = identities.read(place / "rows.jsonl")
  assert (place / "README.md").read_text() == identities_page.text(rows)
