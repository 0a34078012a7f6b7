"""The code of the page on audits, run as it stands on a small folder."""

import importlib.util
import json
import pathlib
import re
import shlex
import sys
import types

import numpy as np
import pytest

from experiments.benchmarks import audit_walk_page
from tests import tfds_sets
from tests.audit import dirty_folders
from tests.cli.apply_test import run as run_apply
from tests.cli.predict_test import run as run_predict
from tests.cli.train_test import run as run_train

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "audit.md").read_text()
RESULTS = ROOT / "experiments" / "results" / "audit_walk"
WALK, OTHERS = re.findall(r"```bash\n(noisy-jax.*?)```", PAGE, re.DOTALL)
COMMANDS = {
  "audit": dirty_folders.run_audit,
  "apply": run_apply,
  "train": run_train,
  "predict": run_predict,
}


def run(line, *more):
  program, name, *arguments = shlex.split(line)
  assert program == "noisy-jax"
  return COMMANDS[name](*arguments, *(more if name in ("audit", "train") else ()))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
  """A working directory in which the commands of the walk were called."""
  place = tmp_path_factory.mktemp("walk")
  dirty_folders.make(place / "photos")
  dirty_folders.write(place / "new", *dirty_folders.make_arrays(12, seed=3))
  with pytest.MonkeyPatch.context() as patch:
    patch.chdir(place)
    patch.setenv("XDG_CACHE_HOME", str(place / "cache"))
    for line in WALK.splitlines():
      assert run(line, *dirty_folders.SETTINGS) is None, line
      if "audit photos" in line:
        decide(place)
    yield place


def decide(place):
  rows = dirty_folders.read_rows(place / "audit" / "issues.csv")[:30]
  lines = [f"{row['id']},relabel,{row['likely']}" for row in rows]
  text = "\n".join(["id,decision,label", *lines])
  (place / "decisions.csv").write_text(text + "\n")


def test_the_walk_leaves_the_files_that_the_page_lists(place):
  listed = re.findall(r"^\| `(.*?)/?` \|", PAGE, re.MULTILINE)
  assert set(listed) - {"in `audit/"} == dirty_folders.FILES
  assert {path.name for path in (place / "audit").iterdir()} == dirty_folders.FILES
  assert len(dirty_folders.read_rows(place / "predictions.csv")) == 12
  assert len(dirty_folders.read_rows(place / "cleaned" / "labels.csv")) == 30
  facts = json.loads((place / "runs" / "cleaned" / "summary.json").read_text())
  assert facts["train_examples"] + facts["test_examples"] == 480


def test_its_arrays_are_those_that_cleanlab_takes(place, monkeypatch):
  if importlib.util.find_spec("cleanlab") is None:

    def find(labels, pred_probs, return_indices_ranked_by, n_jobs):
      return np.argsort(pred_probs[np.arange(len(labels)), labels])[:60]

    fake = types.ModuleType("cleanlab.filter")
    monkeypatch.setattr(fake, "find_label_issues", find, raising=False)
    monkeypatch.setitem(sys.modules, "cleanlab", types.ModuleType("cleanlab"))
    monkeypatch.setitem(sys.modules, "cleanlab.filter", fake)
  monkeypatch.chdir(place)
  (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
  names: dict = {}
  exec(block, names)
  labels, probabilities = names["labels"], names["pred_probs"]
  paths = sorted(path.relative_to("photos") for path in pathlib.Path("photos").glob("*/*"))
  assert sorted(row["id"] for row in names["rows"]) == [str(path) for path in paths]
  for row, label in zip(names["rows"], labels, strict=True):
    assert row["id"].startswith(names["class_names"][label] + "/")
  assert probabilities.shape == (480, len(dirty_folders.CLASSES))
  np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
  # They are in one order: most labels are likely.
  assert probabilities[np.arange(480), labels].mean() > 0.5
  likeliest = [row["id"] for row in dirty_folders.read_rows(place / "audit/issues.csv")]
  assert len(set(names["suspects"][:20]) & set(likeliest[:40])) > 10


def test_the_other_commands_have_settings_that_fit(place, monkeypatch):
  """All but the trainings, of which the walk has one, and another test the others."""
  labels = np.arange(64) % 10
  tfds_sets.prepare_cifar10(place / "tfds", {"train": labels, "test": labels[:32]})
  images, given = dirty_folders.make_arrays(60, seed=0)
  features = images.reshape(60, -1) / np.float32(255)
  np.savez(place / "features.npz", train_features=features, train_labels=given)
  monkeypatch.chdir(place)
  begun = []

  class BegunError(Exception):
    pass

  def begin(config, workdir, *, dataset, num_folds):
    begun.append((config, num_folds, dataset))
    raise BegunError

  monkeypatch.setattr(dirty_folders.audit.audit, "audit", begin)
  for line in OTHERS.splitlines()[:-1]:
    with pytest.raises(BegunError):
      run(line)
  assert [num_folds for _, num_folds, _ in begun] == [5, 0, 0, 0, 0]
  assert begun[1][0].labels.endswith("cleaned/labels.csv")
  assert begun[2][2].train_images.ndim == 2
  assert begun[3][2].num_classes == 10
  assert [dataset.is_streamed for *_, dataset in begun] == [False] * 4 + [True]
  assert OTHERS.splitlines()[-1].startswith("noisy-jax train")
  assert run(OTHERS.splitlines()[-1], *dirty_folders.SETTINGS) is None


def test_linked_files_exist():
  for link in re.findall(r"\]\(([^)#]+)", PAGE):
    assert link.startswith("https://") or (ROOT / "docs" / link).exists(), link


def test_the_numbers_are_those_of_the_walk():
  results = json.loads((RESULTS / "results.json").read_text())
  assert (RESULTS / "README.md").read_text() == audit_walk_page.page(results)
  for table in (audit_walk_page.found, audit_walk_page.estimates, audit_walk_page.accuracy):
    assert table(results) in PAGE
