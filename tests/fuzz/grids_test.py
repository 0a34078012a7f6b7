import dataclasses
import math

import yaml
from hypothesis import given, strategies as st

from noisy_jax import training
from noisy_jax.sweeps import cells
from tests.fuzz.malformed import VALUES, accepted, damaged, texts

GRID = {
  "settings": {"widths": [4], "epochs": 1, "learning_rate": 0.1},
  "datasets": ["digits10", "digits100"],
  "noise": ["clean", "symmetric 0.4", "pairflip 0.2"],
  "losses": {"CE": "ce", "MAE*": {"loss": "mae", "logit_bias": "auto"}},
  "seeds": 2,
}
# A config names its field, and each is in some part.
NAMES = ["grid", *GRID, *(field.name for field in dataclasses.fields(training.TrainConfig))]
CELLS = cells.read(GRID)
ODD = VALUES | st.sampled_from(["ce", "digits2", "0x2", "1e1", "yes", "symmetric  0.40"])
NAMED = st.dictionaries(st.sampled_from([*NAMES, "CE", "ce", "", "../x", "ü"]), ODD)
PARTS = {
  "settings": NAMED,
  "datasets": st.lists(st.sampled_from(GRID["datasets"]) | ODD, max_size=3),
  "noise": st.lists(st.sampled_from(GRID["noise"]) | ODD, max_size=3),
  "losses": st.dictionaries(st.sampled_from(["CE", "ce", "MAE*"]), ODD | NAMED),
  "seeds": st.lists(st.integers(-1, 2) | ODD, max_size=3) | st.integers(-1, 2**40),
}


def check(grid):
  found = accepted(lambda: cells.read(grid), NAMES)
  if found is None:
    return
  parts = math.prod(len(grid[key]) for key in ("datasets", "noise", "losses"))
  assert len(found) == len({cell.slug for cell in found}) == parts
  seeds = grid.get("seeds", 1)
  num_seeds = len(seeds) if isinstance(seeds, list) else seeds
  for cell in found:
    assert len(cell.seeds) == num_seeds
    # The name of a cell says what its config does.
    kind, _, rate = cell.noise.rpartition(" ")
    assert cell.config.dataset == cell.dataset
    assert cell.config.noise == (kind or cell.noise).replace("clean", "symmetric")
    assert cell.config.noise_rate == float(rate if kind else 0)


@given(st.sampled_from(sorted(PARTS)).flatmap(lambda k: st.tuples(st.just(k), PARTS[k])))
def test_parts_of_grids(part):
  check(GRID | dict([part]))


@given(st.data())
def test_files_of_grids(tmp_path_factory, data):
  path = tmp_path_factory.mktemp("grid") / "grid.yaml"
  whole = yaml.safe_dump(GRID)
  mutated = texts(whole).map(lambda text: text.encode(errors="replace"))
  path.write_bytes(data.draw(mutated | damaged(whole.encode())))
  if accepted(lambda: cells.load(str(path)), NAMES):
    check(yaml.safe_load(path.read_text()))


@given(texts("digits10_.*", "/seed[0-2]$", "mae|ce", "a{2,3}"))
def test_filters(pattern):
  accepted(lambda: cells.select(CELLS, pattern), ["filter"], pattern)
