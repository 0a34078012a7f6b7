import csv
import os

import numpy as np
import pytest

from noisy_jax import data, runs
from tests import commands, workdirs
from tests.cli.evaluate_test import write_png

with commands.flags_apart() as FLAGS:
  from noisy_jax.cli import predict

run = commands.runner(predict, values=FLAGS)
IMAGES = data.digits(10, test_size=40).test_images


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
  """The directory of an audit, whose network has fresh weights."""
  audit = tmp_path_factory.mktemp("audit")
  workdirs.save(audit / "run", [(1, (2, 0), 1.0, 0.1)])
  return audit


def check(text, ids, images, audit, top):
  """The rows have the likeliest classes, by the order of all probabilities."""
  heading, *rows = csv.reader(text.splitlines())
  pairs = [[f"class{i}", f"probability{i}"] for i in range(1, top + 1)]
  assert heading == ["id", *(name for pair in pairs for name in pair)]
  assert [row[0] for row in rows] == list(ids)
  expected = runs.probabilities(runs.load_trained(audit / "run"), images)
  classes = np.array([row[1::2] for row in rows], int)
  found = np.array([row[2::2] for row in rows], float)
  np.testing.assert_array_equal(classes, np.argsort(-expected)[:, :top])
  np.testing.assert_allclose(found, -np.sort(-expected)[:, :top], rtol=1e-5)


def test_a_folder_goes_to_standard_output(audit, tmp_path, capfd):
  ids = [f"a/{i:02}.png" for i in range(39)] + ["\udcff.png"]
  for id_, image in zip(ids, IMAGES, strict=True):
    write_png(tmp_path / id_, image)
  (tmp_path / "notes.txt").write_text("no image")
  assert run(str(audit), f"--images={tmp_path}") is None
  out, err = capfd.readouterr()
  assert err == "left out 1 file that is no picture by its ending: 1 .txt\n"
  images = np.rint(255 * IMAGES).astype(np.uint8)
  # The terminal's reader shows bytes that are no text by a mark.
  check(out.replace("\ufffd", "\udcff"), ids, images, audit, 3)


def test_a_file_has_the_rows_of_a_set_and_is_replaced_by_its_own_kind(audit, tmp_path):
  file, dataset = tmp_path / "p.csv", data.digits(10)
  for where, split, top in ((audit, "test", 99), (audit / "run", "train", 1)):
    arguments = ["--dataset=digits10", f"--out={file}", f"--top={top}"]
    arguments += [f"--split={split}"] if split == "train" else []
    assert run(str(where), *arguments) is None
    images = dataset.images(split)
    ids = map(str, range(len(images)))
    check(file.read_text(), ids, images, audit, min(top, 10))
  assert os.listdir(tmp_path) == ["p.csv"]


@pytest.mark.parametrize(
  "arguments, message",
  [
    ([], "WHERE: missing, must be the directory of an audit or of a run; -h shows an exa"),
    (["", "--images=x"], "WHERE: '', must be a path; . is the working directory"),
    (["/nowhere", "--images=x"], "workdir: /nowhere, there is no such directory"),
    (["{audit}"], "images: None, must be a folder, or left out with --dataset"),
    (
      ["{audit}", "--images=x", "--dataset=y"],
      "images: x, must be a folder, or left out",
    ),
    (
      ["{audit}", "--images=x", "--split=test"],
      "split: test, must be left out without",
    ),
    (["{audit}", "--images={tmp}/no"], "images: {tmp}/no, there is no such folder"),
    (
      ["{audit}", "--images=x", "--out={tmp}/e.csv"],
      "out: {tmp}/e.csv exists, and this",
    ),
    (["{audit}", "--dataset=digits100"], "dataset: digits100 has 100 classes, must have"),
  ],
)
def test_bad_input_gets_one_line(arguments, message, audit, tmp_path, capsys):
  (tmp_path / "e.csv").write_text("id,predicted\n")
  places = {"audit": audit, "tmp": tmp_path}
  code = run(*(argument.format(**places) for argument in arguments))
  assert code.startswith("error: " + message.format(**places))
  assert "\n" not in code
  assert capsys.readouterr().out == ""
