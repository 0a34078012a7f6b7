import json
import shutil

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st

from tests.fuzz import command
from tests.fuzz.conftest import long
from tests.fuzz.malformed import FILES, changed, damaged

FLAGS = ["--widths=4", "--epochs=4", "--batch_size=8", "--noise_rate=0.25"]
FLAGS += ["--average_decay=0.5", "--learning_rate=0.05"]
GRID = """\
settings: {widths: [4], epochs: 3, batch_size: 8}
datasets: ["npz:set.npz"]
noise: [symmetric 0.25]
losses: {CE: ce, MAE*: {loss: mae, logit_bias: auto}}
"""


# One in place of another is no damage that shows.
NUMBERS = {int, float, bool, type(None)}


def outcome(workdir):
  """Metrics and summary, without what the clock decides."""
  lines = (workdir / "metrics.jsonl").read_text().splitlines()
  lines.append((workdir / "summary.json").read_text())
  clock = ("seconds", "images_per_second")
  return [{k: x for k, x in json.loads(s).items() if k not in clock} for s in lines]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
  """A set of four classes, hard enough that its accuracy is not 1."""
  place, arrays = tmp_path_factory.mktemp("runs"), {}
  rng, labels = np.random.default_rng(0), np.arange(40) % 4
  for split in ("train", "test"):
    pixels = 50 + 40 * labels[:, None, None, None] + rng.normal(0, 60, (40, 4, 4, 1))
    arrays[f"{split}_images"] = np.clip(pixels, 0, 255).astype(np.uint8)
    arrays[f"{split}_labels"] = labels
  np.savez(place / "set.npz", **arrays)
  (place / "grid.yaml").write_text(GRID)
  return place


@pytest.fixture
def run(place):
  """Runs a command of experiments/ there."""
  return lambda name, *arguments: command.run(name, arguments, place)


def trained(answer):
  assert answer.status == 0, answer
  return answer.out


@long
def test_damaged_runs(place, run):
  train = ["train", "--dataset=npz:set.npz", *FLAGS]
  trained(run(*train, "--workdir=whole"))
  line = trained(run("evaluate", "--workdir=whole"))
  reference = outcome(place / "whole")
  before, _, after = line.partition("epoch 4 of 4: accuracy ")
  lines = {
    f"{before}epoch {row['epoch']} of 4: accuracy {row['test_accuracy']:.4f}{after[6:]}"
    for row in reference[:-1]
  }
  assert line in lines

  @settings(max_examples=40)
  @given(st.sampled_from(["go on", "repeat", "evaluate"]), st.data())
  def check(use, data):
    workdir = copied(place / "whole", place / "damaged")
    if use == "go on":
      for name in ("summary.json", "curves.png"):
        (workdir / name).unlink()
    damage(data.draw, workdir, flips=True)
    if use == "evaluate":
      answer = run("evaluate", "--workdir=damaged")
      assert not answer.is_accepted(["workdir", "dataset"]) or answer.out in lines
    else:
      answer = run(*train, "--workdir=damaged")
      # Where it finds nothing to do, nothing is changed, and no number is told.
      if answer.is_accepted(["workdir"]) and "nothing to do" not in answer.out:
        assert outcome(workdir) == reference

  check()


@long
def test_damaged_sweeps(place, run):
  sweep = ["sweep", "--grid=grid.yaml", "--out_dir=sweep"]
  trained(run(*sweep))
  listed = trained(run(*sweep, "--dry_run"))
  trained(run("report", "--runs=sweep", "--out_dir=report"))
  for checkpoints in (place / "sweep").glob("*/*/checkpoints"):
    shutil.rmtree(checkpoints)  # they play no part here
  results = (place / "report" / "results.csv").read_text()

  @settings(max_examples=40)
  @given(st.sampled_from(["report", "runs.jsonl", "list"]), st.data())
  def check(use, data):
    source = place / ("report" if use == "runs.jsonl" else "sweep")
    out_dir = copied(source, place / "damaged_sweep")
    damage(data.draw, out_dir, flips=False)
    # A run without its summary is not finished, and so not in the report.
    is_whole = use == "runs.jsonl" or len(list(out_dir.rglob("summary.json"))) == 2
    if use == "list":
      answer = run(*sweep[:2], "--out_dir=damaged_sweep", "--dry_run")
      if answer.is_accepted(["workdir", "out_dir", "runs"]):
        assert (answer.out == listed) if is_whole else ("1 of 2 done" in answer.out)
      return
    name = "damaged_sweep" + "/runs.jsonl" * (use == "runs.jsonl")
    if run("report", f"--runs={name}", "--out_dir=again").is_accepted(["runs"]):
      found = (place / "again" / "results.csv").read_text()
      assert found == results if is_whole else {*found.split("\n")} < {*results.split("\n")}

  check()


def copied(source, target):
  shutil.rmtree(target, ignore_errors=True)
  return shutil.copytree(source, target)


def damage(draw, place, *, flips):
  """Damages one file below a directory, or a step of its checkpoints."""
  files = [x for x in sorted(place.rglob("*")) if x.is_file() and x.name != ".lock"]
  # Small files decide as much as large ones, so every suffix is as likely.
  suffix = draw(st.sampled_from(sorted({path.suffix for path in files})))
  path = draw(st.sampled_from([path for path in files if path.suffix == suffix]))
  ways = ["delete", "directory", "other"] + ["bytes"] * 3 * flips
  ways += ["fields"] * 4 * suffix.startswith(".json") + ["lines"] * (suffix == ".jsonl")
  ways += ["step", "more steps", "file"] * ("checkpoints" in path.parts)
  way, step = draw(st.sampled_from(ways)), path.parent
  while step.parent.name != "checkpoints" and step != place:
    step = step.parent
  match way:
    case "delete":
      path.unlink()
    case "directory":
      path.unlink()
      path.mkdir()
    case "other":
      path.write_bytes(draw(FILES))
    case "bytes":
      path.write_bytes(draw(damaged(path.read_bytes() or b"0")))
    case "fields":
      lines = path.read_text().splitlines() if suffix == ".jsonl" else [path.read_text()]
      at = draw(st.integers(0, len(lines) - 1))
      old = json.loads(lines[at])
      new = draw(changed(old))
      pairs = [(value, new.get(name)) for name, value in old.items()]
      assume(flips or not any(a != b and {type(a), type(b)} <= NUMBERS for a, b in pairs))
      lines[at] = json.dumps(new)
      path.write_text("\n".join(lines) + "\n")
    case "lines":
      lines = path.read_text().splitlines()
      kept = draw(st.lists(st.sampled_from(lines), max_size=5)) if flips else lines * 2
      path.write_text("\n".join(kept) + "\n")
    case "step":
      shutil.rmtree(step)
    case "more steps":
      (step.parent / draw(st.sampled_from(["99", "abc"]))).mkdir()
    case "file":
      shutil.rmtree(step)
      step.write_text("")
