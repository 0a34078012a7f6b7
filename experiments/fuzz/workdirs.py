"""Damaged workdirs and directories of sweeps.

Accepted means: a run that goes on ends with the metrics and the summary of the run that
was left alone; an evaluation prints the epoch of a checkpoint and its
accuracy; a listing and a report come out the
same. In grids and reports numbers are not changed into other possible numbers: nothing
could tell.
"""

import json
import pathlib
import random
import shutil
from collections.abc import Callable, Iterator

from experiments.fuzz.cases import ODD_FILES, Case, changed_json, damage_file
from experiments.fuzz.npz_files import TRAIN

EVALUATE = "experiments.evaluate"
_WALL_CLOCK = ("seconds", "images_per_second")
FLAGS = ["--widths=4", "--epochs=4", "--batch_size=8", "--noise_rate=0.25"]
FLAGS += ["--average_decay=0.5", "--learning_rate=0.05"]


def grid(npz: pathlib.Path) -> str:
  """A grid of two runs on a file."""
  return f"""\
settings: {{widths: [4], epochs: 3, batch_size: 8}}
datasets: ["npz:{npz}"]
noise: [symmetric 0.25]
losses: {{CE: ce, MAE*: {{loss: mae, logit_bias: auto}}}}
"""


def outcome(workdir: pathlib.Path) -> list[dict]:
  """Metrics and summary, without what the clock decides."""
  lines = (workdir / "metrics.jsonl").read_text().splitlines()
  lines.append((workdir / "summary.json").read_text())
  rows = map(json.loads, lines)
  return [{k: x for k, x in row.items() if k not in _WALL_CLOCK} for row in rows]


def workdir_cases(
  rng: random.Random, count: int, whole: pathlib.Path, command: list[str], line: str
) -> Iterator[Case]:
  """Copies of a finished workdir, damaged, for train and for evaluate.

  Args:
    rng: decides all.
    count: how many.
    whole: the workdir.
    command: that trained it, without the workdir.
    line: what evaluate prints of it.

  Yields:
    Cases.
  """
  reference = outcome(whole)
  before, _, after = line.partition("epoch 4 of 4: accuracy ")

  def at_epoch(epoch, accuracy):
    return f"{before}epoch {epoch} of 4: accuracy {accuracy:.4f}{after[6:]}"

  assert line == at_epoch(4, reference[-2]["test_accuracy"])
  workdir = whole.with_name("damaged")
  for _ in range(count):
    shutil.rmtree(workdir, ignore_errors=True)
    shutil.copytree(whole, workdir)
    use = rng.choice(["go on", "go on", "repeat", "evaluate", "evaluate"])
    if use == "go on":
      for name in ("summary.json", "curves.png"):
        (workdir / name).unlink()
    shown = damage(rng, workdir, flips=True)

    def ends_alike(answer):
      if "finished; nothing to do" in answer.out:
        return None  # nothing is changed, and no number is told
      same = outcome(workdir) == reference
      return None if same else "ends otherwise than the run left alone"

    def prints_the_same(answer):
      lines = {at_epoch(row["epoch"], row["test_accuracy"]) for row in reference[:-1]}
      return None if answer.out in lines else f"printed {answer.out!r}, not {line!r}"

    flags = [f"--workdir={workdir}"]
    if use == "evaluate":
      yield Case(
        EVALUATE, flags, f"{use}: {shown}", ("workdir", "dataset"), prints_the_same
      )
    else:
      yield Case(TRAIN, [*command, *flags], f"{use}: {shown}", ("workdir",), ends_alike)


def damage(rng: random.Random, place: pathlib.Path, *, flips: bool) -> str:
  """Damages one file below a directory; says which and how.

  Args:
    rng: decides all.
    place: the directory.
    flips: whether bits may change, which turns numbers into others.

  Returns:
    What was done.
  """
  # Small files decide as much as large ones, so every suffix is as likely.
  files = [
    path for path in sorted(place.rglob("*")) if path.is_file() and path.name != ".lock"
  ]
  groups = sorted({path.suffix or "none" for path in files})
  group = rng.choice(groups)
  path = rng.choice([path for path in files if (path.suffix or "none") == group])
  shown = str(path.relative_to(place))
  ways: list[Callable[[], str]] = [
    lambda: _delete(path),
    lambda: _make_directory(path),
    lambda: _odd_file(rng, path),
    lambda: _cut(rng, path),
  ]
  if flips:
    ways += [lambda: damage_file(rng, path)] * 3
  if path.suffix == ".json":
    ways += [lambda: _odd_json(rng, path)] * 4
  if path.suffix == ".jsonl":
    hows = ["doubled", "swapped", "removed"] if flips else ["doubled"]
    ways += [lambda: _odd_lines(rng, path, hows)] * 4
  if "checkpoints" in path.parts:
    step = place / pathlib.Path(*path.relative_to(place).parts[:2])
    ways += [
      lambda: _delete(step),
      lambda: _make_file(step),
      lambda: _make_directory(step.with_name("99")),
      lambda: _make_directory(step.with_name("abc")),
      lambda: _make_file(step.parent),
    ]
  return f"{shown}: {rng.choice(ways)()}"


def _delete(path):
  if path.is_dir():
    shutil.rmtree(path)
  else:
    path.unlink(missing_ok=True)
  return f"{path.name} deleted"


def _make_directory(path):
  _delete(path)
  path.mkdir()
  return f"{path.name} made an empty directory"


def _make_file(path):
  _delete(path)
  path.write_text("")
  return f"{path.name} made an empty file"


def _odd_file(rng, path):
  content = rng.choice(ODD_FILES)
  path.write_bytes(content)
  return f"now {content[:20]!r}"


def _cut(rng, path):
  size = path.stat().st_size
  length = rng.randrange(size) if size else 0
  with path.open("r+b") as file:
    file.truncate(length)
  return f"cut to {length} of {size} bytes"


def _odd_json(rng, path):
  content = json.loads(path.read_text())
  if not isinstance(content, dict) or not content:
    return _odd_file(rng, path)
  content, how = changed_json(rng, content)
  path.write_text(json.dumps(content))
  return how


def _odd_lines(rng, path, hows):
  lines = path.read_text().splitlines()
  at = rng.randrange(len(lines))
  if rng.random() < 0.3:
    how = rng.choice(hows)
    if how == "removed":
      del lines[at]
    else:
      lines.insert(at if how == "doubled" else 0, lines[at])
  else:
    content, how = changed_json(rng, json.loads(lines[at]))
    lines[at] = json.dumps(content)
  path.write_text("\n".join(lines) + "\n")
  return f"line {at + 1} {how}"


def sweep_cases(
  rng: random.Random, count: int, whole: pathlib.Path, grid: pathlib.Path, listed: str
) -> Iterator[Case]:
  """Copies of a sweep's directory, damaged, for its listing and for the report.

  Args:
    rng: decides all.
    count: how many.
    whole: the directory.
    grid: that it was made of.
    listed: what --dry_run prints of it.

  Yields:
    Cases.
  """
  out_dir, report = whole.with_name("damaged-sweep"), whole.with_name("report")
  expected = (report / "results.csv").read_text()

  def reports_the_same(answer):
    found = (report / "results.csv").read_text()
    summaries = list(out_dir.rglob("summary.json"))
    if (out_dir / "grid.json").exists() and len(summaries) < 2:
      # A run without its summary is not finished, and so not in the report.
      return None if set(found.split("\n")) < set(expected.split("\n")) else "another row"
    return None if found == expected else "another results.csv"

  def lists_the_same(answer):
    # An unreadable run is trained again.
    return None if answer.out == listed else f"printed {answer.out!r}, not {listed!r}"

  for _ in range(count):
    shutil.rmtree(out_dir, ignore_errors=True)
    use = rng.choice(["report", "runs.jsonl", "list"])
    flags = [f"--runs={out_dir}", f"--out_dir={report}"]
    if use == "runs.jsonl":
      out_dir.mkdir()
      for name in ("runs.jsonl", "grid.json"):
        shutil.copy(report / name, out_dir / name)
      flags[0] += "/runs.jsonl"
    else:
      shutil.copytree(whole, out_dir)
      # They play no part here.
      for checkpoints in out_dir.glob("*/*/checkpoints"):
        shutil.rmtree(checkpoints)
    kept = {name: (report / name).read_bytes() for name in ("runs.jsonl", "grid.json")}
    shown = f"{use}: {damage(rng, out_dir, flips=False)}"
    if use == "list":
      flags = [f"--grid={grid}", f"--out_dir={out_dir}", "--dry_run"]
      names: tuple[str, ...] = ("workdir", "out_dir", "runs")
      yield Case("experiments.sweep", flags, shown, names, lists_the_same)
    else:
      yield Case("experiments.report", flags, shown, ("runs",), reports_the_same)
      for name, content in kept.items():
        (report / name).write_bytes(content)
      (report / "results.csv").write_text(expected)
