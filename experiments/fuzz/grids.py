"""Malformed grids.

Accepted means that the listing of a grid has as many runs as its parts multiply to.
"""

import pathlib
import random
import re
from collections.abc import Iterator

import yaml

from experiments.fuzz import train_flags
from experiments.fuzz.cases import ODD_FILES, Case, damage_file, mutated

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
    names = ("grid", *_LINES, "noise", "loss", "dataset", *train_flags.VALID)
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
