"""Malformed flags of every command, and malformed grids.

Accepted means: a training prints an accuracy from 0 to 1; an evaluation prints the line of
the unchanged command; a listing of a grid has as many runs as its parts multiply to.
"""

import pathlib
import random
import re
from collections.abc import Iterator

import yaml

from experiments.fuzz.cases import ODD_FILES, Answer, Case, damage_file, mutated
from experiments.fuzz.files import TINY, TRAIN, accuracy

_ODD = ["", "x", "nan", "inf", "-inf", "-1", "0", "1e400", "1e-400", "9" * 30, "9" * 5000]
_ODD += [
  "1.5",
  "true",
  "None",
  "\u0663",
  " 2",
  "2 ",
  "0x10",
  "1_0",
  "1,2",
  "\udcff",
  "a\nb",
  "--",
]
_PLACES = ["", ".", "/", "/dev/null", "/dev/null/x", "/proc/x", "/dev/full", "x" * 300, "~"]
_PLACES += ["\udcff/none/x", "a\nb/c", "/none/at all", "-", "$_{/none"]
_FLAGS = {
  "image_size": "4",
  "on_bad_image": "skip",
  "imbalance": "exp:2",
  "loss": "2*gce(q=0.5)",
  "logit_bias": "auto",
  "noise": "pairflip",
  "noise_rate": "0.4",
  "noise_sampling": "iid",
  "noise_seed": "3",
  "model": "mlp",
  "widths": "4,4",
  "initialization": "own",
  "compute_dtype": "bfloat16",
  "augmentation": "crop+flip",
  "epochs": "2",
  "batch_size": "8",
  "accumulation": "2",
  "learning_rate": "0.05",
  "schedule": "steps:1:0.1",
  "momentum": "0.5",
  "nesterov": "true",
  "clip_norm": "1",
  "weight_decay": "1e-4",
  "average_decay": "0.5",
  "seed": "1",
  "seeds": "2",
  "recipe": "alfs/mnist",
  "num_processes": "2",
  "process_id": "1",
  "coordinator": "localhost:1",
  "tensorboard": "true",
}
# What would take all memory, or for ever.
_LARGE = [
  ("epochs", "9" * 12),
  ("widths", "2000000000"),
  ("widths", "9" * 11),
  ("seeds", "9999999"),
  ("image_size", "9" * 9),
  ("schedule", "cosine:1e39"),
  ("augmentation", "+".join(["crop"] * 500)),
]
# Other words that a message may have: where the value is one that the data decide on.
_ALSO = ("loss is", "examples", "argument", "flag", "learning_rate", "config", "memory")


def train_cases(rng: random.Random, count: int, npz: pathlib.Path) -> Iterator[Case]:
  """One flag with an odd or a mutated value, beside the flags of a tiny run."""
  odd = rng.sample(_LARGE, min(count // 6, len(_LARGE)))
  every = [(name, value) for name in _FLAGS for value in _ODD]
  odd += rng.sample(every, count // 2 - len(odd))
  mutants = [
    (name, mutated(rng, _FLAGS[name])) for name in rng.choices(list(_FLAGS), k=count // 3)
  ]
  for name, value in odd + mutants:
    if name == "epochs" and value.isdecimal() and int(value[:20]) < 10**9:
      value = value[-2:]  # many epochs take long, and are no less right
    arguments = [f"--dataset=npz:{npz}", *TINY, f"--{name}={value}"]
    names = [name, "coordinator", "process", *_ALSO]
    yield Case(TRAIN, arguments, f"--{name}={value[:40]!r}", names, _trained)
  for _ in range(count - len(odd) - len(mutants)):
    arguments = [f"--dataset=npz:{npz}", *TINY]
    if rng.random() < 0.5:
      name = rng.choice(["workdir", "data_dir", "dataset"])
      value = rng.choice(["npz:", "folder:", ""] if name == "dataset" else [""])
      value += rng.choice(_PLACES)
      arguments += [f"--{name}={value}"]
      arguments += ["--epochs=0"] if name == "workdir" else []
      names = [name, "epochs", *_ALSO]
    else:
      at = rng.randrange(len(arguments))
      arguments[at] = mutated(rng, arguments[at]).replace("\0", "")
      names = ["error", "FATAL"]
    yield Case(TRAIN, arguments, repr(arguments[-4:])[-120:], names, _trained)


def _trained(answer: Answer) -> str | None:
  if "\n" in answer.out and not answer.err and "--help" in answer.out:
    return None
  found = accuracy(answer)
  return None if re.fullmatch(r"[01]\.\d{4}", found) else f"accuracy {found}"


# Command, arguments, and what the line must name. None of them may be accepted.
_OTHERS: list[tuple[str, list[str], str]] = [
  ("figures", ["--figure=6"], "figure"),
  ("figures", ["--figure="], "figure"),
  ("figures", ["--figure=noise", "--noise=none"], "noise"),
  ("figures", ["--figure=noise", "--noise_rate=0", "--dataset=digits10"], "noise_rate"),
  ("figures", ["--figure=noise", "--noise_rate=nan"], "noise_rate"),
  ("figures", ["--figure=noise", "--dataset=npz:/none"], "dataset"),
  ("figures", ["--figure=noise", "--out_dir=/dev/null"], "out_dir"),
  ("figures", ["--figure=noise", "--out_dir=/dev/null/x"], "out_dir"),
  ("figures", ["--figure=noise", "--out_dir=/proc/x"], "out_dir"),
  ("figures", ["--figure=noise", "--out_dir=" + "x" * 300], "out_dir"),
  ("figures", ["noise"], "noise"),
  ("demo", ["--out_dir=/dev/null"], "out_dir"),
  ("demo", ["--out_dir=/proc/x"], "out_dir"),
  ("demo", ["x"], "x"),
  ("predictions", ["--out_dir=/dev/null"], "out_dir"),
  ("predictions", ["--out_dir=/proc/x"], "out_dir"),
  ("predictions", ["--out_dir=x", "--epochs=0"], "epochs"),
  ("loss_page", ["x"], "x"),
  ("report", [], "runs"),
  ("report", ["--runs=/none"], "runs"),
  ("report", ["--runs=/none", "--out_dir=x"], "runs"),
  ("report", ["--runs=/", "--out_dir=x"], "runs"),
  ("report", ["--runs=/dev/null", "--out_dir=x"], "runs"),
  ("report", ["--readme=/none"], "readme"),
  ("report", ["--readme=/"], "readme"),
  ("sweep", [], "grid"),
  ("sweep", ["--grid=classes"], "out_dir"),
  ("sweep", ["--grid=none", "--out_dir=x"], "grid"),
  ("sweep", ["--grid=none.yaml", "--out_dir=x"], "grid"),
  ("sweep", ["--grid=/dev/null.yaml", "--out_dir=x"], "grid"),
  ("sweep", ["--grid=classes", "--out_dir=x", "--filter=("], "filter"),
  ("sweep", ["--grid=classes", "--out_dir=x", "--filter=none"], "filter"),
  ("sweep", ["--grid=classes", "--out_dir=x", "--filter=a{" + "9" * 30 + "}"], "filter"),
  ("sweep", ["--grid=classes", "--out_dir=x", "--filter=" + "(" * 5000], "filter"),
  ("sweep", ["--grid=classes", "--out_dir=x", "--filter=\udcff"], "filter"),
  ("sweep", ["--grid=classes", "--out_dir=/dev/null/x"], "out_dir"),
  ("sweep", ["--grid=classes", "--out_dir=/dev/null"], "out_dir"),
  ("sweep", ["--grid=cifar10", "--out_dir=x", "--data_dir=/none"], "data_dir"),
  ("prepare_webvision", ["--manual_dir=/none", "--data_dir=x"], "manual_dir"),
  ("prepare_webvision", ["--manual_dir=/dev/null", "--data_dir=x"], "manual_dir"),
  ("prepare_webvision", ["--manual_dir=.", "--data_dir=/dev/null"], "dir"),
  ("prepare_webvision", ["--config=big"], "config"),
  ("benchmarks.losses", ["--num_classes=1"], "num_classes"),
  ("benchmarks.losses", ["--batch_size=x"], "batch_size"),
  ("benchmarks.losses", ["--out_dir=/dev/null"], "out_dir"),
  ("benchmarks.average_error", ["--losses=mea", "--classes=10"], "loss"),
  ("benchmarks.average_error", ["--losses=gce(q=auto)", "--classes=10"], "loss"),
  ("benchmarks.average_error", ["--losses=ce", "--classes=x"], "classes"),
  ("benchmarks.average_error", ["--losses=ce", "--classes=1"], "classes"),
  ("benchmarks.training_speed", ["--widths=x"], "widths"),
  ("benchmarks.training_speed", ["--widths=0"], "widths"),
  ("benchmarks.training_speed", ["--threads=x"], "threads"),
  ("benchmarks.training_speed", ["--out_dir=/dev/null"], "out_dir"),
  ("benchmarks.stream", ["--num_images=1"], "num_images"),
  ("benchmarks.stream", ["--quality=101"], "quality"),
  ("benchmarks.epoch_scan", ["--dataset=none"], "dataset"),
  ("benchmarks.epoch_scan", ["--width=0"], "width"),
  ("benchmarks.kill_resume", ["--kills=0"], "kills"),
]


def other_cases(rng: random.Random, count: int) -> Iterator[Case]:
  """Flags of the other commands, by hand; each command once at least, if count allows."""
  rows = rng.sample(_OTHERS, min(count, len(_OTHERS)))
  for command, arguments, name in sorted(rows):
    shown = f"{command} {' '.join(arguments)}"[:100]
    yield Case(
      f"experiments.{command}", arguments, shown, (name,), lambda answer: "is accepted"
    )


def evaluate_cases(
  rng: random.Random, count: int, workdir: pathlib.Path, line: str
) -> Iterator[Case]:
  """Flags of evaluate for a good workdir."""
  file = workdir / "predictions.csv"
  values = {
    "workdir": [*_PLACES, str(workdir / "config.json"), str(workdir.parent)],
    "checkpoint": [*_ODD, "LAST", "best,last"],
    "dataset": [
      *_ODD,
      "digits10",
      "npz:",
      f"npz:{workdir}/labels.npz",
      "folder:/",
      "cifar10",
    ],
    "split": [*_ODD, "Test", "val"],
    "images": [*_PLACES[:1], *_PLACES[3:], str(workdir), str(workdir / "config.json")],
    "predictions": [x for x in _PLACES if x != "-"] + [str(workdir)],
  }
  choices = [(name, value) for name, of_name in values.items() for value in of_name]
  for name, value in rng.sample(choices, min(count * 2 // 3, len(choices))):
    flags = [f"--workdir={workdir}", f"--{name}={value}"]
    names = (name, "split" if name == "images" else name)
    problem = _same_line(line, name)
    yield Case("experiments.evaluate", flags, f"--{name}={value[:60]!r}", names, problem)
  good = {"checkpoint": "best", "split": "test", "predictions": str(file)}
  for _ in range(count - min(count * 2 // 3, len(choices))):
    name = rng.choice(list(good))
    value = mutated(rng, good[name]) if name != "predictions" else str(workdir / "a/b.csv")
    flags = [f"--workdir={workdir}", f"--{name}={value}".replace("\0", "")]
    problem = _same_line(line, name)
    yield Case("experiments.evaluate", flags, f"--{name}={value[-40:]!r}", (name,), problem)


def _same_line(line, name):
  def problem(answer):
    # Where nothing was asked for, or help: an empty value is none.
    same = answer.out == line or (name == "checkpoint" and "accuracy" in answer.out)
    return None if same else f"printed {answer.out[:100]!r}, not {line!r}"

  return problem


_GRID = """\
settings: {widths: [4], epochs: 1, learning_rate: 1e-1}
datasets: [digits10, digits100]
noise: [clean, symmetric 0.4, pairflip 0.2]
losses:
  CE: ce
  MAE*: {loss: mae, logit_bias: auto}
seeds: 2
"""
_LINES = {
  "settings": [
    *("{widths: 4}", "{widths: []}", "{widths: [4.5]}", "{epochs: true}", "{epochs: yes}"),
    *("{epochs: 1.0}", "{epochs: 0}", "{epochs: '1'}", "{learning_rate: .nan}", "[a]", "x"),
    *("{learning_rate: .inf}", "{learning_rate: 1e}", "{learning_rate: true}", "{1: 2}"),
    *("{momentum: false}", "{epochs: " + "9" * 400 + "}", "{none: 1}", "{seed: 1}", "5"),
    *("{dataset: digits1000}", "{noise: pairflip}", "{noise_rate: 0.3}", "{loss: mae}"),
    *("{clip_norm: " + "9" * 400 + "}", "{epochs: 0x2}", "{nesterov: 'no'}", "2020-99-99"),
    *(
      "!!python/object:os.system {}",
      "&a [*a]",
      "{epochs: 1, epochs: 2}",
      "null",
      "{? [a]: 1}",
    ),
    *(
      "{logit_bias: much}",
      "{model: [mlp]}",
      "{dataset: null}",
      "{widths: [[4]]}",
      "!!set {a}",
    ),
  ],
  "datasets": [
    *("[]", "digits10", "[10]", "[digits10, digits10]", "[none]", "{a: b}", "[[digits10]]"),
    *("[null]", "null", "[digits10, Digits10]", "['digits10 ']", '["\\0"]', "[digits1001]"),
  ],
  "noise": [
    *("[]", "[symmetric]", "[symmetric 1]", "[symmetric nan]", "[clean 0.4]", "[0.4]", "x"),
    *("[symmetric x]", "[symmetric -1]", "[human worse 1]", "['symmetric  0.4', clean]"),
    *("[clean, clean]", "[' 0.4']", "[symmetric 0.4, symmetric 0.40]", "['']", "[true]"),
  ],
  "losses": [
    *("{}", "[ce]", "ce", "{CE: 1}", "{CE: mea}", "{1: ce}", "{CE: null}", "{CE: [ce]}"),
    *("{CE: {}}", "{CE: {logit_bias: auto}}", "{CE: {loss: ce, dataset: digits1000}}"),
    *("{CE: {loss: ce, noise: pairflip}}", "{CE: {loss: ce, noise_rate: 0.3}}", "{'': ce}"),
    *(
      "{CE: ce, ce: mae}",
      "{CE: {loss: ce, seed: 1}}",
      "{CE: {loss: [ce]}}",
      "{\u00fc: ce}",
    ),
    *("{CE: {loss: ce, epochs: true}}", "{CE: 'gce(q=auto)'}", "{../../x: ce}", "{CE: ''}"),
  ],
  "seeds": [
    *("0", "-1", "1.5", "x", "[]", "[-1]", "[0, 0]", "[0.5]", "[true]", "true", "null"),
    *("9999999999", "[4294967296]", "'2'", "{a: 1}", "9" * 5000, "[[0]]", "1e1", "0b11"),
  ],
}
_GRID_FILES = (
  *ODD_FILES,
  b"- a\n- b\n",
  b"settings: {",
  b"a: *b",
  b"\tx: 1",
  b"a: 2020-13-45",
  b"a: !!binary x",
  b"? {a: b}\n: c",
  b"[" * 3000,
  b"a: !!float x",
  b"%YAML 9.9\n---\n",
  b"--- 1\n--- 2\n",
  b"a: &x [*x]",
  b"a: !!timestamp x",
)


def grid_cases(rng: random.Random, count: int, place: pathlib.Path) -> Iterator[Case]:
  """Grids with one line replaced or mutated, as YAML files, listed by --dry_run."""
  file = place / "grid.yaml"
  flags = [f"--grid={file}", f"--out_dir={place}/runs", "--dry_run"]
  lines = [(key, line) for key, of_key in _LINES.items() for line in of_key]
  written = rng.sample(lines, min(len(lines), count // 2))
  for i in range(count):
    text, shown, content = _GRID, "", b""
    if i < len(written):
      key, line = written[i]
      pattern = rf"^{key}:.*\n(?:  .*\n)*"
      text = re.sub(pattern, lambda _: f"{key}: {line}\n", text, flags=re.MULTILINE)  # noqa: B023
      shown = f"{key}: {line[:60]}"
    elif rng.random() < 0.6:
      text = mutated(rng, text)
      shown = "mutated: " + next(
        (b for a, b in zip(_GRID.splitlines(), text.splitlines(), strict=False) if a != b),
        "cut short",
      )
    else:
      content = rng.choice(_GRID_FILES)
      shown = f"the file {content[:20]!r}"
    file.write_bytes(content if shown[:8] == "the file" else text.encode(errors="replace"))
    if rng.random() < 0.1:
      shown += f"; {damage_file(rng, file)}"
    # A config names its field, and each is in some part.
    names = ("grid", *_LINES, "noise", "loss", "dataset", *_FLAGS)
    problem = _counts_runs(file)
    yield Case("experiments.sweep", flags, shown, names, problem)


def _counts_runs(file):
  def problem(answer):
    grid = yaml.safe_load(file.read_text())
    seeds = grid.get("seeds", 1)
    count = len(seeds) if isinstance(seeds, list) else seeds
    for key in ("datasets", "noise", "losses"):
      count *= len(grid[key])
    last = answer.out.splitlines()[-1]
    right = last == f"0 of {count} done, time left unknown"
    hidden = {
      name
      for settings in grid["losses"].values()
      if isinstance(settings, dict)
      for name in {"dataset", "noise", "noise_rate"} & settings.keys()
    }
    if hidden:
      return f"{', '.join(hidden)} is set twice"
    return None if right else f"says {last!r}, not {count} runs"

  return problem
