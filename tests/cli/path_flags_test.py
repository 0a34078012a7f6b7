import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest
from absl import flags

from noisy_jax import data, noise, runs, training
from noisy_jax.analysis import figures
from noisy_jax.cli import path_flags
from noisy_jax.data import tfds_builder, webvision
from noisy_jax.paths import expanded_path
from noisy_jax.runs import record_reader, run_directory
from noisy_jax.sweeps import cells
from tests import workdirs

ROOT = pathlib.Path(__file__).parents[2]
# Every flag whose value is a path, by the name that it has in all commands.
PATH_FLAGS = {
  "data_dir", "decisions", "imagenet_dir", "images", "manual_dir", "out", "out_dir",
  "predictions", "readme", "runs", "trace_dir", "workdir",
}  # fmt: skip


@pytest.fixture
def home(tmp_path, monkeypatch):
  place = tmp_path / "home"
  place.mkdir()
  monkeypatch.setenv("HOME", str(place))
  monkeypatch.chdir(tmp_path)
  return place


def test_the_home_directory_stands_in_place_of_a_tilde(home):
  assert expanded_path("out", "~/a/b") == f"{home}/a/b"
  assert expanded_path("out", "~") == str(home)
  assert expanded_path("out", pathlib.Path("~/a")) == f"{home}/a"
  assert expanded_path("out", "~root").startswith("/")
  # Anywhere else it is a character like others, as in a shell.
  for path in ("a~", "a/~", "./~/a", "/~", " ~"):
    assert expanded_path("out", path) == path


@pytest.mark.parametrize(
  "path, message",
  [
    ("", "out: '', must be a path; . is the working directory"),
    ("~nobody_here/a",
     "out: '~nobody_here/a', must begin with a home directory, and ~nobody_here is none; "
     "./~nobody_here/a is a path below the working directory"),
  ],
)  # fmt: skip
def test_what_is_no_path_is_refused_in_one_line(path, message):
  with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
    expanded_path("out", path)


def test_a_flag_of_a_path_takes_the_home_directory_and_no_empty_text(home):
  values = flags.FlagValues()
  holder = path_flags.define("workdir", "~/run", "Where.", flag_values=values)
  values(["command"])
  assert holder.value == f"{home}/run"
  values(["command", "--workdir=~/other"])
  assert holder.value == f"{home}/other"
  with pytest.raises(flags.Error, match=r"^workdir: '', must be a path"):
    values(["command", "--workdir="])


def test_no_command_takes_a_path_as_any_text():
  texts, found = set(), set()
  for file in [*ROOT.glob("experiments/**/*.py"), *ROOT.glob("noisy_jax/cli/*.py")]:
    source = file.read_text()
    texts |= set(re.findall(r'(?:DEFINE_string|_text)\(\s*"(\w+)"', source))
    found |= set(re.findall(r'(?:path_flags.define|\b_path)\(\s*"(\w+)"', source))
  assert found == PATH_FLAGS
  assert not texts & PATH_FLAGS
  assert not [name for name in texts if re.search("dir|file|path", name)]


def test_a_command_refuses_an_empty_path_and_fills_no_directory(home):
  command = [sys.executable, "-m", "experiments.train", "--dataset=digits2", "--workdir="]
  done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
  assert done.returncode == 1
  assert "workdir: '', must be a path" in done.stderr.splitlines()[0]
  assert not (ROOT / "config.json").exists()


def test_data_sets_of_files_are_found_at_home(home):
  images = np.zeros((4, 2, 2), np.uint8)
  labels = np.array([0, 1, 0, 1])
  np.savez(
    home / "set.npz",
    train_images=images,
    train_labels=labels,
    test_images=images,
    test_labels=labels,
  )
  assert data.load("npz:~/set.npz").num_classes == 2
  with pytest.raises(FileNotFoundError, match=f"dataset: folder:{home}/none, there is no"):
    data.load("folder:~/none")
  with pytest.raises(FileNotFoundError, match=f"images: {home}/none, there is no"):
    data.read_images("~/none", (2, 2, 1))
  with pytest.raises(ValueError, match="images: '', must be a path"):
    data.read_images("", (2, 2, 1))
  np.savez(home / "clean.npz", images=images, labels=labels)
  clean, dataset = data.parse_clean("npz:~/clean.npz"), data.load("npz:~/set.npz")
  assert len(data.clean_examples(clean, dataset)[0]) == 4


def test_matrices_are_found_at_home(home):
  np.save(home / "m.npy", np.eye(2))
  np.testing.assert_array_equal(noise.load_matrix("~/m.npy", 2), np.eye(2))
  labels = np.arange(64) % 2
  images = np.zeros((64, 2, 2, 1), np.uint8)
  dataset = data.Dataset(images, labels, images, labels, 2)
  kinds = {"noise": "matrix:~/m.npy"}, {"loss": "ce", "correction": "forward:~/m.npy"}
  for settings in kinds:
    config = training.TrainConfig(dataset="digits2", widths=(4,), batch_size=64, **settings)
    assert not runs.prepare(config, dataset=dataset).train_labels.flipped.any()
  config = training.TrainConfig(batch_size=64, correction="forward:~nobody_here/m.npy")
  with pytest.raises(ValueError, match=r"path: '~nobody_here/m[.]npy', must begin with a"):
    runs.prepare(config, dataset=dataset)


def test_prepared_sets_and_their_files_are_looked_for_at_home(home):
  builder = tfds_builder.open_builder("mnist", "~/sets")
  assert str(builder.data_dir).startswith(f"{home}/sets/mnist")
  with pytest.raises(FileNotFoundError, match=f"no mnist in {home}/sets"):
    data.load("mnist", "~/sets")
  with pytest.raises(ValueError, match="data_dir: '', must be a path"):
    data.load("mnist", "")
  with pytest.raises(FileNotFoundError, match=f"manual_dir: no folder {home}/files"):
    webvision.prepare("mini", manual_dir="~/files", data_dir="~/sets")
  with pytest.raises(ValueError, match="data_dir: '', must be a path"):
    webvision.prepare("mini", manual_dir="~", data_dir="")


def test_a_workdir_is_at_home_whoever_asks(home):
  workdirs.save(home / "run", [(2, (1, 2), 1.0, None)])
  config, _ = record_reader.read_run("~/run")
  assert config == workdirs.CONFIG
  assert runs.check_workdir("~/run", workdirs.CONFIG) is None
  assert runs.load_trained("~/run").num_classes == 10
  assert len(runs.read_labels("~/run").noisy) == 64
  assert runs.seed_workdir("~/run", 3) == home / "run" / "seed3"
  for function in (record_reader.read_run, runs.load_trained, runs.read_labels):
    with pytest.raises(ValueError, match="workdir: '', must be a path"):
      function("")
  for function in (runs.check_workdir, lambda *_: runs.seed_workdir("", 0)):
    with pytest.raises(ValueError, match="workdir: '', must be a path"):
      function("", workdirs.CONFIG)
  setup = runs.prepare(workdirs.CONFIG, dataset=data.digits(10, train_size=64))
  with run_directory.open_store("~/new", setup, {}) as opened:
    assert opened.workdir == home / "new"
  assert sorted(path.name for path in home.parent.iterdir()) == ["home"]


def test_grids_and_figures_are_at_home(home):
  grid = "datasets: [digits10]\nnoise: [clean]\nlosses: {CE: ce}\n"
  (home / "grid.yaml").write_text(grid)
  assert [cell.slug for cell in cells.load("~/grid.yaml")] == ["digits10_clean_ce"]
  figure = figures.logit_bias_by_classes({10: 0.0, 100: 2.5})
  png, _ = figures.save(figure, "~/figures", "bias")
  assert png == home / "figures" / "bias.png"
