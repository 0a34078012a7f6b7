import csv
import json

import numpy as np
import pytest

from noisy_jax.audit import results
from noisy_jax.audit.audit import Audit
from noisy_jax.audit.decisions import read_audited
from tests.audit.pages import make_findings, make_summary

# Names of folders that are not UTF-8, and that CSV has to quote.
NAMES = ("caf\udce9", 'a "b", c', "two\nlines", "é")
IDS = [f"{NAMES[i % 4]}/{i}.png" for i in range(40)]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
  place = tmp_path_factory.mktemp("audit")
  findings, images = make_findings(
    40, NAMES, num_declared=9, ids=IDS, copies={1: (7, 8), 7: (1,), 8: (1,)}
  )
  summary = make_summary(
    NAMES, dataset="folder:/caf\udce9", transition=np.eye(4) / 2 + np.full((4, 4), 0.125)
  )
  probabilities = np.random.default_rng(0).dirichlet(np.ones(4), 40).astype(np.float32)
  found = Audit(findings, summary, probabilities, images, {IDS[1]: NAMES[0], "x\udce9": ""})
  results.write(place, found, "/caf\udce9", num_folds=3)
  return place, found


def read(path):
  with path.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
    return list(csv.reader(file, strict=True))


def test_the_list_has_all_examples_the_likeliest_first(written):
  place, (findings, _, probabilities, *_) = written
  heading, *rows = read(place / "issues.csv")
  assert tuple(heading) == results.COLUMNS
  order = findings.order
  assert [row[0] for row in rows] == IDS == findings.ids[order].tolist()
  assert [int(row[1]) for row in rows] == order.tolist()
  assert [row[2] for row in rows] == [NAMES[findings.labels[i]] for i in order]
  assert [row[3] for row in rows] == [NAMES[findings.likely[i]] for i in order]
  np.testing.assert_allclose([float(row[4]) for row in rows], findings.scores[order])
  assert [row[5] for row in rows] == ["yes"] * 9 + [""] * 31
  assert rows[1][6] == f"{IDS[7]};{IDS[8]}"
  assert [row[6] for row in rows].count("") == 37
  np.testing.assert_array_equal(np.load(place / "pred_probs.npy"), probabilities)


def test_the_matrix_has_class_names(written):
  place, (_, summary, *_) = written
  heading, *rows = read(place / "transition.csv")
  assert heading == ["right", *NAMES]
  assert [row[0] for row in rows] == list(NAMES)
  np.testing.assert_allclose(np.array([row[1:] for row in rows], float), summary.transition)


def test_the_summary_is_json_in_any_locale_and_apply_reads_it(written):
  place, (_, summary, *_) = written
  facts = json.loads((place / "summary.json").read_bytes().decode("ascii"))
  assert facts["folder"] == "/caf\udce9"
  assert facts["folds"] == 3
  assert tuple(facts["class_names"]) == NAMES
  assert tuple(facts["class_noise"]) == NAMES
  assert facts["noise_rate"] == {"value": 0.19, "low": 0.18, "high": 0.21}
  audited = read_audited(place)
  assert audited.class_names == NAMES
  assert audited.folder == "/caf\udce9"
  assert audited.dataset == summary.dataset
  assert list(audited.given) == IDS
  assert audited.declared == IDS[:9]
  assert audited.corrected == {IDS[1]: NAMES[0], "x\udce9": ""}
