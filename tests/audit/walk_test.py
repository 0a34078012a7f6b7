"""From a dirty folder to a clean model, as a user goes."""

import json
import signal

import numpy as np
import pytest

from noisy_jax import data
from noisy_jax.runs import runner
from tests.audit import dirty_folders
from tests.audit.dirty_folders import FILES, SETTINGS, read_rows, run_audit
from tests.cli.apply_test import run as run_apply
from tests.cli.predict_test import run as run_predict
from tests.cli.train_test import run as run_train


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
  """No test leaves decoded pictures behind."""
  with pytest.MonkeyPatch.context() as patch:
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    yield


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
  """A directory with the audit of a dirty folder, and which of its labels are wrong."""
  root = tmp_path_factory.mktemp("walk")
  is_wrong = dirty_folders.make(root / "photos")
  before = dirty_folders.digest(root / "photos")
  assert run_audit(str(root / "photos"), f"--out_dir={root}/audit", *SETTINGS) is None
  yield root, is_wrong
  # Whatever the tests did.
  assert dirty_folders.digest(root / "photos") == before


def names(folder):
  return {path.name for path in folder.iterdir()}


def test_the_likeliest_suspects_are_wrong(walk):
  root, is_wrong = walk
  rows = read_rows(root / "audit" / "issues.csv")
  wrong = np.array([is_wrong[row["id"]] for row in rows])
  declared = np.array([row["declared"] == "yes" for row in rows])
  assert wrong.mean() == pytest.approx(dirty_folders.NOISE_RATE)
  assert wrong[:40].mean() > 0.95
  assert wrong[declared].mean() > 0.9
  assert (wrong & declared).sum() / wrong.sum() > 0.5
  facts = json.loads((root / "audit" / "summary.json").read_text())
  assert facts["num_declared"] == declared.sum()
  assert facts["noise_rate"]["value"] == pytest.approx(wrong.mean(), abs=0.1)
  assert names(root / "audit") == FILES
  given = np.array([row["id"].split("/")[0] for row in rows])
  np.testing.assert_array_equal(given, [row["given"] for row in rows])
  # The rows of probabilities are those that the list names, and their columns the classes.
  places = [int(row["row"]) for row in rows]
  probabilities = np.load(root / "audit" / "pred_probs.npy")[places]
  likeliest = np.array(facts["class_names"])[probabilities.argmax(axis=1)]
  is_likely = likeliest == [row["likely"] for row in rows]
  assert is_likely[declared].all()


def test_a_clean_model_knows_new_pictures(walk, tmp_path):
  root, is_wrong = walk
  declared = {
    row["id"] for row in read_rows(root / "audit" / "issues.csv") if row["declared"]
  }
  out = tmp_path / "cleaned"
  assert run_apply(str(root / "audit"), f"--out_dir={out}", "--links") is None
  assert {row["id"] for row in read_rows(out / "labels.csv")} == declared
  links = list((out / "images").rglob("*.png"))
  assert len(links) == len(is_wrong) - len(declared)
  assert all(path.is_symlink() for path in links)
  train = ("--loss=ce", *SETTINGS)
  sets = {
    "links": [f"--dataset=folder:{out}/images"],
    "labels": [f"--dataset=folder:{root}/photos", f"--labels={out}/labels.csv"],
  }
  new, right = dirty_folders.make_arrays(120, seed=2)
  ids = dirty_folders.write(tmp_path / "new", new, right)
  for name, arguments in sets.items():
    workdir = tmp_path / name
    assert run_train(*arguments, *train, f"--workdir={workdir}") is None
    facts = json.loads((workdir / "summary.json").read_text())
    assert facts["train_examples"] + facts["test_examples"] == len(links)
    assert check_predictions(workdir, tmp_path, ids) > 0.9
  assert check_predictions(root / "audit", tmp_path, ids) > 0.9


def check_predictions(where, tmp_path, ids):
  """The share of new pictures that are in their class by the predictions."""
  out = tmp_path / "predictions.csv"
  assert run_predict(str(where), f"--images={tmp_path}/new", f"--out={out}") is None
  rows = read_rows(out)
  assert {row["id"] for row in rows} == set(ids)
  assert list(rows[0])[:3] == ["id", "class1", "probability1"]
  return np.mean([row["class1"] == row["id"].split("/")[0] for row in rows])


def test_decisions_become_labels(walk, tmp_path):
  root, _ = walk
  first, second, third, *_ = read_rows(root / "audit" / "issues.csv")
  lines = [
    "id,decision,label", f"{first['id']},relabel,{first['likely']}",
    f"{second['id']},leave_out,", f"{third['id']},keep,",
  ]  # fmt: skip
  (tmp_path / "decisions.csv").write_text("\n".join(lines) + "\n")
  options = f"--out_dir={tmp_path}/cleaned", f"--decisions={tmp_path}/decisions.csv"
  assert run_apply(str(root / "audit"), *options) is None
  dataset = data.load(f"folder:{root}/photos")
  dataset = data.correct_labels(dataset, tmp_path / "cleaned" / "labels.csv")
  found = {
    id_: dataset.class_names[label]
    for split in ("train", "test")
    for id_, label in zip(
      getattr(dataset, f"{split}_ids"), getattr(dataset, f"{split}_labels"), strict=True
    )
  }
  assert len(found) == 479
  assert second["id"] not in found
  assert found.pop(first["id"]) == first["likely"] != first["given"]
  assert all(id_.split("/")[0] == name for id_, name in found.items())


def test_a_stopped_audit_goes_on_to_the_same_results(walk, tmp_path, monkeypatch):
  root, _ = walk
  actual = runner.train

  def interrupted(*args, **kwargs):
    for moment in actual(*args, **kwargs):
      if moment.epoch == 4 and moment.results:
        signal.raise_signal(signal.SIGINT)
      yield moment

  monkeypatch.setattr(runner, "train", interrupted)
  command = str(root / "photos"), f"--out_dir={tmp_path}/audit", *SETTINGS
  assert run_audit(*command) == 130
  assert names(tmp_path / "audit") == {"run"}
  monkeypatch.setattr(runner, "train", actual)
  assert run_audit(*command) is None
  for name in FILES - {"run"}:
    found, expected = ((of / "audit" / name).read_bytes() for of in (tmp_path, root))
    assert found == expected, name
  # What is finished is left as it is, also by an audit of other labels.
  before = dirty_folders.digest(tmp_path / "audit")
  assert run_audit(*command) is None
  (tmp_path / "labels.csv").write_text("id,label\nape/000.png,bee\n")
  code = run_audit(*command, f"--labels={tmp_path}/labels.csv")
  assert code.startswith(f"error: labels: {tmp_path}/labels.csv, must change what it chan")
  assert dirty_folders.digest(tmp_path / "audit") == before


def test_places_inside_of_the_folder_are_refused(walk):
  root, _ = walk
  for place in ("photos", "photos/ape", "photos/new/audit"):
    code = run_audit(str(root / "photos"), f"--out_dir={root}/{place}", *SETTINGS)
    assert code.startswith(f"error: out_dir: {root}/{place} ")
    assert "\n" not in code


@pytest.mark.parametrize("kind", ["folds", "features", "streamed"])
def test_other_sets_and_ways_give_the_same_files(kind, tmp_path):
  images, labels = dirty_folders.make_arrays(48, seed=1)
  given, where = dirty_folders.move(labels), tmp_path / "photos"
  if kind == "features":
    where = f"npz:{tmp_path}/features.npz"
    features = images.reshape(48, -1) / np.float32(255)
    np.savez(tmp_path / "features.npz", train_features=features, train_labels=given)
  else:
    dirty_folders.write(where, images, given)
  options = {
    "folds": ["--folds=2"],
    "features": [],
    "streamed": ["--max_memory_gb=0", "--model=mlp"],
  }[kind]
  small = "--widths=8", "--batch_size=16", "--epochs=2"
  assert run_audit(str(where), f"--out_dir={tmp_path}/audit", *small, *options) is None
  folds = {"fold1", "fold2"} if kind == "folds" else set()
  assert names(tmp_path / "audit") == FILES | folds
  rows = read_rows(tmp_path / "audit" / "issues.csv")
  assert [float(row["score"]) for row in rows] == sorted(
    float(row["score"]) for row in rows
  )
  probabilities = np.load(tmp_path / "audit" / "pred_probs.npy")
  assert probabilities.shape == (48, len(dirty_folders.CLASSES))
  assert len({row["id"] for row in rows}) == 48
  meaning = json.loads((tmp_path / "audit" / "summary.json").read_text())["score_meaning"]
  assert ("not trained on the example" in meaning) == (kind == "folds")
