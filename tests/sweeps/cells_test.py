import jax
import numpy as np
import pytest
import yaml

from noisy_jax import losses, noise, training
from noisy_jax.sweeps import cells, grids, jobs
from noisy_jax.training import objective
from tests.small_sweep import GRID


def test_a_grid_is_the_product_of_its_parts():
  found = cells.read(
    GRID | {"noise": ["clean", "pairflip 0.4", "symmetric 0.2"], "datasets": ["digits9"]}
  )
  assert [(cell.noise, cell.loss) for cell in found] == [
    (noise, loss)
    for noise in ("clean", "pairflip 0.4", "symmetric 0.2")
    for loss in ("CE", "MAE*")
  ]
  star = found[3]
  assert star.slug == "digits9_pairflip-0.4_mae-star"
  assert star.seeds == (0, 1)
  assert star.config == training.TrainConfig(
    dataset="digits9",
    noise="pairflip",
    noise_rate=0.4,
    loss="mae",
    logit_bias="auto",
    widths=(8,),
    epochs=2,
    batch_size=64,
  )


def test_a_file_says_what_a_grid_says(tmp_path):
  path = tmp_path / "grid.yaml"
  path.write_text(yaml.safe_dump(GRID))
  assert cells.load(str(path)) == cells.read(GRID)
  # YAML takes a number without a point for a text.
  path.write_text(path.read_text().replace("epochs: 2", "epochs: 2\n  weight_decay: 1e-3"))
  assert {cell.config.weight_decay for cell in cells.load(str(path))} == {1e-3}


@pytest.mark.parametrize("name", grids.GRIDS)
def test_grids_that_are_ready_have_valid_cells(name):
  found = cells.load(name)
  assert len(found) == len({cell.slug for cell in found})
  assert all(len(cell.seeds) in (3, 5) for cell in found)


@pytest.mark.parametrize("name, num_classes", [("classes", 100), ("cifar10", 10)])
def test_a_grid_can_name_every_loss_and_what_is_around_one(name, num_classes, tmp_path):
  np.save(tmp_path / "matrix.npy", noise.symmetric_matrix(num_classes, 0.4))
  named = {
    **{name: name for name in losses.NAMES},
    "LogitClip": {"logit_clip": 1.0},
    "Forward": {"correction": f"forward:{tmp_path}/matrix.npy"},
    "Backward": {"correction": f"backward:{tmp_path}/matrix.npy"},
    "ANL-CE": {"loss": "nce + nnce", "weight_decay": 0, "l1": 1e-5},
  }
  found = cells.read(grids.GRIDS[name] | {"losses": named, "noise": ["clean"]})
  logits = jax.ShapeDtypeStruct((2, num_classes), np.float32)
  labels = jax.ShapeDtypeStruct((2,), np.int32)
  views = {}
  for cell in found:
    built = objective.build(cell.config.parts.objective, num_classes, 1)
    assert jax.eval_shape(built.loss, logits, labels).shape == (2,)
    views[cell.loss] = built.num_views
  assert views["gjs"] == (2 if name == "cifar10" else 1)  # the other augments nothing


@pytest.mark.parametrize(
  "change, message",
  [
    ({"loses": {}}, "grid: unknown 'loses', must have settings, datasets, noise"),
    ({"datasets": []}, r"datasets: \[\], must be a list of names"),
    ({"datasets": ["digits1"]}, "dataset: unknown 'digits1'"),
    ({"noise": "clean"}, "noise: 'clean', must be a list of names"),
    ({"noise": ["symmetric much"]}, "noise: 'symmetric much', must be clean, or a kind"),
    ({"noise": ["symmetric"]}, "noise: 'symmetric', must be clean, or a kind of noise"),
    ({"noise": ["symmetric 2"]}, r"noise_rate: 2.0, must be in \[0, 1\)"),
    ({"losses": {}}, "losses: none, must give names"),
    ({"losses": {"CE": "cee"}}, "loss: column 1: unknown 'cee'"),
    ({"losses": {"CE": {"q": 1}}}, "settings: unknown 'q'; known: dataset"),
    ({"losses": {"CE": None}}, "losses: CE: None, must be an expression or settings"),
    ({"losses": {"CE": {"loss": "ce", "dataset": "digits2"}}}, "dataset: 'digits2', must"),
    ({"losses": {"CE": {"loss": "ce", "noise_rate": 0.1}}}, "noise_rate: 0.1, must be le"),
    ({"settings": {"epochs": True}}, "epochs: True, must be an integer from 1 up"),
    ({"losses": {"CE": 1}}, "CE: 1, must be names with their values"),
    ({"losses": {"a+b": "ce", "a-b": "mae"}}, "a-b names two cells, must name one"),
    ({"seeds": 0}, "seeds: 0, must be a number from 1 to 1000, or a list"),
    ({"seeds": [1, 1]}, r"seeds: \[1, 1\], must be a number"),
    ({"settings": {"seed": 1}}, "settings: unknown 'seed'"),
    ({"settings": [1]}, r"settings: \[1\], must be names with their values"),
  ],
)
def test_bad_grids_are_named(change, message):
  with pytest.raises(ValueError, match=message):
    cells.read(GRID | change)


def test_a_filter_keeps_the_runs_that_have_it():
  found = cells.select(cells.read(GRID), "mae.*seed1")
  assert [(cell.loss, cell.seeds) for cell in found] == [("MAE*", (1,))]
  with pytest.raises(ValueError, match=r"'gce' matches no run, must match a name such as"):
    cells.select(cells.read(GRID), "gce")
  with pytest.raises(ValueError, match=r"'[*]', must be a regular expression"):
    cells.select(cells.read(GRID), "*")


def test_names_that_are_no_grids_are_told(tmp_path):
  with pytest.raises(ValueError, match="unknown 'mnits', must be a YAML file or one of cl"):
    cells.load("mnits")
  path = tmp_path / "grid.yaml"
  path.write_text("- 1")
  with pytest.raises(ValueError, match=r"grid: \[1\], must have settings"):
    cells.load(str(path))


def test_a_key_may_come_beside_that_of_a_merged_mapping(tmp_path):
  path = tmp_path / "grid.yaml"
  path.write_text(
    "{datasets: [digits10], noise: [clean], losses: {CE: &ce {loss: ce, epochs: 2}, "
    "MAE: &mae {<<: *ce, loss: mae}}, settings: {<<: *mae}}"
  )
  assert [cell.config.loss for cell in cells.load(str(path))] == ["ce", "mae"]


@pytest.mark.parametrize(
  "content",
  [
    "losses: {", "a: 2020-13-45", "a: !!timestamp x", "[" * 3000, "\0", "a: *b",
    "seeds: " + "9" * 5000, "losses:\n  CE: ce\n  CE: mae",
  ],
)  # fmt: skip
def test_what_is_no_yaml_is_told_in_one_line(content, tmp_path):
  path = tmp_path / "grid.yaml"
  path.write_text(content)
  with pytest.raises(ValueError, match=r"^grid: .* is not YAML") as failure:
    cells.load(str(path))
  assert "\n" not in str(failure.value)


@pytest.mark.parametrize("pattern", ["(", "[[a]", "a{" + "9" * 30 + "}", "(" * 5000])
def test_what_is_no_regular_expression_is_told(pattern):
  with pytest.raises(ValueError, match=r"filter: .*, must be a regular expression"):
    cells.select(cells.load("classes"), pattern)


def test_seeds_of_larger_networks_are_trained_one_by_one():
  (cell, *_) = cells.read(GRID)
  assert jobs.of_cells([cell]) == [jobs.Job(cell, (0, 1))]
  changed = GRID["settings"] | {"model": "cnn8"}
  (cell, *_) = cells.read(GRID | {"settings": changed})
  assert jobs.of_cells([cell]) == [jobs.Job(cell, (0,)), jobs.Job(cell, (1,))]
