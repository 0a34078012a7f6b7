import csv
import json
import os

import numpy as np
import pytest

from noisy_jax import data
from tests import commands
from tests.data import image_folders
from tests.stopped_runs import contents

with commands.flags_apart() as FLAGS:
  from noisy_jax.cli import apply

run = commands.runner(apply, values=FLAGS)

ODD = "train/cat/\udcff.png"
IDS = {
  "train/cat/1.png": "cat",
  "train/cat/2.png": "cat",
  "train/cat/deep/3.png": "cat",
  ODD: "cat",
  "train/dog/1.png": "dog",
  "train/dog/3.png": "dog",
  "test/cat/1.png": "cat",
  "test/dog/7.png": "dog",
  "test/dog/8.png": "dog",
}
DECLARED = ("train/cat/1.png", "test/dog/8.png")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
  monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def an_audit(place, given=IDS, folder=None, declared=DECLARED, corrected=None):
  """The files of an audit, beside the pictures if there is a folder."""
  place.mkdir()
  for shade, id_ in enumerate(given if folder else ()):
    image_folders.write(folder / id_, shade)
  with open(place / "issues.csv", "w", newline="", errors="surrogateescape") as file:
    rows = csv.writer(file)
    rows.writerow(["id", "row", "given", "likely", "score", "declared", "copies"])
    for row, (id_, name) in enumerate(given.items()):
      rows.writerow([id_, row, name, "dog", 0.5, "yes" * (id_ in declared), ""])
  facts = {"dataset": "a set", "class_names": ["cat", "dog", "elk"]}
  facts |= {"folder": str(folder)} if folder else {}
  facts |= {} if corrected is None else {"corrected": corrected}
  (place / "summary.json").write_text(json.dumps(facts))
  return place


@pytest.fixture
def audit(tmp_path):
  return an_audit(tmp_path / "audit", IDS, tmp_path / "photos")


def decide(path, *rows):
  text = "".join(f"{row}\n" for row in ("id,decision,label", *rows))
  path.write_text(text, errors="surrogateescape")
  return f"--decisions={path}"


def rows_of(path):
  with open(path, newline="", errors="surrogateescape") as file:
    return list(csv.reader(file))


def test_without_decisions_what_is_declared_is_left_out(audit, tmp_path, capsys):
  before = contents(tmp_path)
  (tmp_path / "out").mkdir()
  assert run(str(audit), f"--out_dir={tmp_path}/out") is None
  assert rows_of(tmp_path / "out" / "labels.csv") == [
    ["id", "label"],
    ["train/cat/1.png", ""],
    ["test/dog/8.png", ""],
  ]
  assert capsys.readouterr().out == (
    f"{tmp_path}/out/labels.csv: 0 relabelled, 2 left out, 7 kept as they are\n"
  )
  made = {tmp_path / "out" / "labels.csv"}
  assert {k: v for k, v in contents(tmp_path).items() if k not in made} == before


def links_below(images, depth):
  """The classes of the pictures that links lead to, after their split if depth is 2."""
  found = [path for path in images.rglob("*") if path.is_symlink()]
  return {
    os.readlink(path): "/".join(path.relative_to(images).parts[:depth]) for path in found
  }


def test_links_and_labels_say_the_same(audit, tmp_path, capsys):
  rows = ["train/cat/1.png,relabel,dog", "train/cat/2.png,leave_out,"]
  rows += ["train/cat/deep/3.png,relabel,dog", "train/dog/3.png,keep,"]
  rows += ["train/dog/1.png,relabel,dog", "test/cat/1.png,relabel,dog"]
  decisions, out = decide(tmp_path / "d.csv", *rows), tmp_path / "out"
  assert run(str(audit), f"--out_dir={out}", decisions, "--links") is None
  assert "labels.csv: 3 relabelled, 1 left out, 5 kept" in capsys.readouterr().out
  labels, photos = dict(rows_of(out / "labels.csv")[1:]), tmp_path / "photos"
  assert links_below(out / "images", 2) == {
    str(photos / id_): f"{id_.partition('/')[0]}/{labels.get(id_, name)}"
    for id_, name in IDS.items()
    if labels.get(id_, name)
  }
  dogs = sorted(os.listdir(out / "images" / "train" / "dog"))
  assert dogs == ["1-2.png", "1.png", "3-2.png", "3.png"]
  corrected = data.correct_labels(data.load(f"folder:{photos}"), out / "labels.csv")
  linked = data.load(f"folder:{out}/images")
  assert linked.class_names == corrected.class_names
  for part in ("train", "test"):
    found, expected = (
      dict(zip(*(getattr(of, f"{part}_{x}") for x in ("ids", "labels")), strict=True))
      for of in (linked, corrected)
    )
    assert expected == {
      os.path.relpath(os.path.realpath(out / "images" / id_), photos): label
      for id_, label in found.items()
    }


def test_a_folder_without_splits_has_links_without_them(tmp_path):
  given = {f"{name}/{i}.png": name for name in ("cat", "dog") for i in range(4)}
  # The first part of a path is the class.
  given |= {"dog/cat/5.png": "dog"}
  audit, out = an_audit(tmp_path / "audit", given, tmp_path / "photos"), tmp_path / "out"
  decisions = decide(tmp_path / "d.csv", "cat/1.png,relabel,dog", "cat/0.png,leave_out,")
  assert run(str(audit), f"--out_dir={out}", decisions, "--links") is None
  expected = {f"{tmp_path}/photos/{id_}": id_ for id_ in given if id_ != "cat/0.png"}
  expected[f"{tmp_path}/photos/cat/1.png"] = "dog/1-2.png"
  assert links_below(out / "images", 9) == expected
  linked = data.load(f"folder:{out}/images")
  assert {*linked.train_ids, *linked.test_ids} == {*expected.values()}


@pytest.mark.parametrize("above", ["", "train/"])
def test_what_was_corrected_before_the_audit_stays_so(above, tmp_path, capsys):
  given = {f"{above}{name}/{i}.png": name for name in ("cat", "dog") for i in range(4)}
  corrected = {f"{above}cat/{i}.png": "dog" for i in (0, 1, 2)}
  corrected |= {f"{above}dog/9.png": "", f"{above}dog/0.png": "cat"}
  left = {id_: name for id_, name in (given | corrected).items() if name}
  photos, out = tmp_path / "photos", tmp_path / "out"
  audit = an_audit(tmp_path / "audit", left, photos, corrected=corrected)
  rows = f"{above}cat/0.png,relabel,cat", f"{above}cat/1.png,keep,"
  rows += f"{above}cat/2.png,leave_out,", f"{above}dog/1.png,relabel,cat"
  decisions = decide(tmp_path / "d.csv", *rows)
  assert run(str(audit), f"--out_dir={out}", decisions, "--links") is None
  changed = {"cat/0.png": "cat", "cat/1.png": "dog", "cat/2.png": "", "dog/9.png": ""}
  changed |= {"dog/0.png": "cat", "dog/1.png": "cat"}
  expected = {above + id_: name for id_, name in changed.items()}
  assert dict(rows_of(out / "labels.csv")[1:]) == expected
  assert (
    "labels.csv: 4 relabelled, 2 left out, 3 kept as they are" in capsys.readouterr().out
  )
  assert links_below(out / "images", 1 + above.count("/")) == {
    str(photos / id_): above + name for id_, name in (left | expected).items() if name
  }


def test_a_set_without_a_folder_gets_labels_alone(tmp_path):
  given = {f"{split}/{i}": "012"[i % 3] for split in ("train", "test") for i in range(6)}
  audit = an_audit(tmp_path / "audit", given, declared=("train/4",))
  facts = json.loads((audit / "summary.json").read_text())
  facts |= {"class_names": list("012"), "folder": None}
  (audit / "summary.json").write_text(json.dumps(facts))
  decisions = decide(tmp_path / "decisions.csv", "test/1,relabel,2", "train/3,leave_out,")
  message = "error: links: true, must be left out: a set is no folder of pictures"
  assert run(str(audit), f"--out_dir={tmp_path}/out", "--links") == message
  assert not (tmp_path / "out").exists()
  assert run(str(audit), f"--out_dir={tmp_path}/out", decisions) is None
  images, labels = np.zeros((6, 2, 2, 1), np.uint8), np.arange(6) % 3
  dataset = data.from_arrays(images, labels, images, labels)
  found = data.correct_labels(dataset, tmp_path / "out" / "labels.csv")
  assert found.train_labels.tolist() == [0, 1, 2, 1, 2]
  assert found.test_labels.tolist() == [0, 2, 2, 0, 1, 2]


@pytest.mark.parametrize(
  "rows, message",
  [
    (["x,keep,"], "line 2: id 'x', must be one of the audit's issues.csv"),
    (["test/cat/1.png,keep,"] * 2, "line 3: id 'test/cat/1.png' comes a second time, must"),
    (["test/cat/1.png,drop,"], "line 2: decision 'drop', must be relabel, leave_out or ke"),
    (["test/cat/1.png,relabel,elf"], "line 2: label 'elf', must be one of the 3 class"),
    (["test/cat/1.png,relabel,"], "line 2: label '', must be one of the 3 classes, such a"),
    (["test/cat/1.png,leave_out,dog"], "line 2: label 'dog', must be empty with leave_out"),
    (["test/cat/1.png,keep"], "line 2 has 2 cells, must have 3"),
  ],
)
def test_bad_decisions_are_named(rows, message, audit, tmp_path, capsys):
  decisions = decide(tmp_path / "d.csv", *rows)
  code = run(str(audit), f"--out_dir={tmp_path}/out", decisions)
  assert code.startswith(f"error: decisions: {tmp_path}/d.csv")
  assert message in code
  assert capsys.readouterr().out == ""
  assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
  "arguments, message",
  [
    ([], "AUDIT: missing, must be the directory of an audit; -h shows an example"),
    (["{tmp}/audit"], "out_dir: None, must be a new directory"),
    (["{tmp}", "--out_dir={tmp}/out"], "AUDIT: {tmp} has no issues.csv, must be the out_"),
    (["{tmp}/audit", "--out_dir={tmp}/audit"], "out_dir: {tmp}/audit is not empty"),
    (["{tmp}/audit", "--out_dir={tmp}/photos"], "out_dir: {tmp}/photos is in {tmp}/photos"),
    (["{tmp}/audit", "--out_dir={tmp}/photos/a/b"], "out_dir: {tmp}/photos/a/b is in"),
    (["{tmp}/audit", "--out_dir={tmp}/link/new"], "out_dir: {tmp}/link/new is in"),
    (["{tmp}/audit", "--out_dir={tmp}/wolves/new"], "out_dir: {tmp}/wolves/new is in"),
    (["{tmp}/audit", "--out_dir={tmp}/d.csv"], "out_dir: {tmp}/d.csv is not empty"),
    (["{tmp}/audit", "--out_dir={tmp}/x", "--decisions={tmp}/none.csv"],
     "decisions: {tmp}/none.csv, there is no such file"),
  ],
)  # fmt: skip
def test_bad_arguments_get_one_line_and_nothing_is_written(arguments, message, tmp_path):
  wolves = tmp_path / "wolves"
  wolves.mkdir()
  (tmp_path / "photos" / "train").mkdir(parents=True)
  (tmp_path / "photos" / "train" / "dog").symlink_to(wolves)
  (tmp_path / "link").symlink_to(tmp_path / "photos")
  an_audit(tmp_path / "audit", IDS, tmp_path / "photos")
  decide(tmp_path / "d.csv")
  before = sorted(tmp_path.rglob("*"))
  code = run(*(argument.format(tmp=tmp_path) for argument in arguments))
  assert code.startswith(f"error: {message.format(tmp=tmp_path)}")
  assert "\n" not in code
  assert sorted(tmp_path.rglob("*")) == before


def test_links_that_train_would_refuse_are_not_made(audit, tmp_path):
  def of(*rows):
    decisions = decide(tmp_path / "d.csv", *rows)
    return run(str(audit), f"--out_dir={tmp_path}/out", decisions, "--links")

  cats = [f"{id_},leave_out," for id_ in IDS if id_.startswith("train/cat")]
  assert of(*cats) == "error: links: classes left to train on: 1, must be at least 2"
  elks = [row.replace("leave_out,", "relabel,elk") for row in cats]
  assert of(*elks).startswith("error: links: no picture of class 'cat' is left in train, a")
  tests = [f"{id_},leave_out," for id_ in IDS if id_.startswith("test")]
  assert of(*tests) == "error: links: no picture is left in test, must be at least 1"
  (tmp_path / "photos" / "test" / "cat" / "1.png").unlink()
  assert "test/cat/1.png is no longer there, must be as it was audited" in of()
  assert not (tmp_path / "out").exists()
  # What is left out need not be there.
  assert of("test/cat/1.png,leave_out,") is None


def test_a_link_that_cannot_be_made_is_named(audit, tmp_path, monkeypatch):
  def refused(*_):
    raise PermissionError(1, "Operation not permitted")

  monkeypatch.setattr(os, "symlink", refused)
  code = run(str(audit), f"--out_dir={tmp_path}/out", "--links")
  place = f"{tmp_path}/out/images/train/cat/2.png"
  assert code == f"error: links: {place} cannot be made (Operation not permitted)"
  assert not (tmp_path / "out" / "labels.csv").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"dataset": "x", "class_names": 3}'])
def test_a_damaged_summary_is_named(text, audit, tmp_path):
  (audit / "summary.json").write_text(text)
  code = run(str(audit), f"--out_dir={tmp_path}/out")
  assert code.startswith(f"error: AUDIT: {audit}/summary.json is damaged (")
