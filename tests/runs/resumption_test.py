"""A run that was interrupted ends like one that was not."""

import contextlib
import dataclasses
import fcntl
import json
import pathlib
import shutil
import signal

import jax
import numpy as np
import pytest

from noisy_jax import data, noise, runs, training
from noisy_jax.runs import checkpoints, records as records_, runner
from noisy_jax.runs.snapshots import Snapshot
from noisy_jax.training.optimizer import Schedule
from noisy_jax.training.setup import Setup
from tests import workdirs

CONFIG = training.TrainConfig(
  dataset="digits10",
  loss="mae",
  noise_rate=0.25,
  widths=(16,),
  epochs=3,
  batch_size=64,
  augmentation="crop",
  average_decay=0.9,
)
STEPS = 10  # of an epoch


@pytest.fixture(autouse=True)
def few_steps_per_call(monkeypatch):
  monkeypatch.setattr(Setup, "steps_per_call", 4)


def a_setup(num_devices=4, workdirs=(), **changes):
  dataset = data.digits(10, train_size=64 * STEPS, test_size=130)
  config = dataclasses.replace(CONFIG, **changes)
  return runs.prepare(
    config,
    dataset=dataset,
    devices=jax.local_devices()[:num_devices],
    workdirs=workdirs,
  )


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
  workdir = tmp_path_factory.mktemp("whole") / "run"
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(Setup, "steps_per_call", 4)
    runs.run(a_setup(), workdir)
  return workdir


@contextlib.contextmanager
def stop_at(epoch, steps_done, number=signal.SIGTERM):
  """In this context a signal comes at that moment of a run, and stops it."""

  def train(*args, **kwargs):
    sent = False
    for moment in training.train(*args, **kwargs):
      if (moment.epoch, moment.steps_done) == (epoch, steps_done) and not sent:
        sent = True
        signal.raise_signal(number)
      yield moment

  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(runner, "train", train)
    with pytest.raises(runs.Stopped) as stopped:
      yield stopped


def stopped_run(workdir, epoch, steps_done, setup=None, number=signal.SIGTERM):
  with stop_at(epoch, steps_done, number) as stopped:
    runs.run(setup or a_setup(), workdir)
  return stopped.value


def records(workdir):
  """What a run leaves, without what a clock says."""
  lines = (workdir / "metrics.jsonl").read_text().splitlines()
  rows = [json.loads(line) for line in [*lines, (workdir / "summary.json").read_text()]]
  return [
    {k: v for k, v in row.items() if not k.startswith(("sec", "images"))} for row in rows
  ]


def last_arrays(workdir):
  with checkpoints.Checkpoints(workdir / "checkpoints") as kept:
    return kept.arrays(kept.steps[-1])


def assert_same_end(workdir, whole):
  assert records(workdir) == records(whole)
  arrays, expected = last_arrays(workdir), last_arrays(whole)
  assert arrays.keys() == expected.keys()
  for name, array in arrays.items():
    np.testing.assert_array_equal(array, expected[name], err_msg=name)


@pytest.mark.parametrize("epoch, steps_done", [(1, 4), (2, 8), (2, STEPS), (3, STEPS)])
def test_a_stopped_run_ends_like_a_whole_one(epoch, steps_done, whole, tmp_path, capsys):
  stopped = stopped_run(tmp_path, epoch, steps_done)
  assert stopped.exit_status == 143
  assert f"SIGTERM in epoch {epoch}, after {steps_done} of 10 steps" in str(stopped)
  assert not (tmp_path / "summary.json").exists()
  capsys.readouterr()
  runs.run(a_setup(), tmp_path)
  assert "going on in epoch" in capsys.readouterr().out
  assert_same_end(tmp_path, whole)


@pytest.fixture(scope="module")
def longer(tmp_path_factory):
  """A run of five epochs whose rate does not depend on their number."""
  workdir = tmp_path_factory.mktemp("longer") / "run"
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(Setup, "steps_per_call", 4)
    runs.run(a_setup(epochs=5, schedule="steps:4:0.5"), workdir)
  return workdir


def test_more_epochs_are_those_of_a_longer_run(longer, tmp_path, capsys):
  runs.run(a_setup(schedule="steps:4:0.5"), tmp_path)
  setup = a_setup(epochs=5, schedule="steps:4:0.5")
  with pytest.raises(FileExistsError, match="epochs 3 there, 5 here"):
    runs.run(setup, tmp_path)
  with pytest.raises(FileExistsError, match="epochs 3 there, 2 here"):
    runs.run(a_setup(epochs=2, schedule="steps:4:0.5"), tmp_path, more_epochs=True)
  capsys.readouterr()
  assert runs.check_workdir(tmp_path, setup.config, more_epochs=True) is None
  summary = runs.run(setup, tmp_path, more_epochs=True)
  assert (summary["epochs"], summary["continued_after"]) == (5, [3])
  assert (
    "had ended after epoch 3; goes on to 5, as a training of 5 epochs would\n"
  ) in capsys.readouterr().out
  *rows, end = records(tmp_path)
  del end["continued_after"]
  assert [*rows, end] == records(longer)
  for name, array in last_arrays(tmp_path).items():
    np.testing.assert_array_equal(array, last_arrays(longer)[name], err_msg=name)
  assert json.loads((tmp_path / "continued.json").read_text()) == {"after_epochs": [3]}
  # The whole of it is one run, known by its config.
  assert runs.check_workdir(tmp_path, setup.config)["epochs"] == 5
  assert runs.load_trained(tmp_path).epochs_done == 5


def test_more_epochs_along_a_cosine_are_told_from_a_longer_run(tmp_path, capsys):
  changes = dict(logit_bias=4.0, bias_schedule="fading")
  runs.run(a_setup(epochs=1, **changes), tmp_path)
  rates = []
  with pytest.MonkeyPatch.context() as patch:
    cosine = Schedule.rates
    patch.setattr(
      Schedule, "rates", lambda *given: rates.append(cosine(*given)) or rates[-1]
    )
    runs.run(a_setup(epochs=2, **changes), tmp_path, more_epochs=True)
  # The rate that follows the end, where it was 0, is that of the middle of two epochs.
  assert [float(rate(STEPS)) for rate in rates] == pytest.approx([0.05] * len(rates))
  told = "goes on to 2 with the learning rate and the logit_bias of a training of 2 epochs"
  assert f"{told} there; the result is that of no" in capsys.readouterr().out


@pytest.mark.parametrize("written", range(5))
def test_a_kill_while_a_run_gets_more_epochs_loses_nothing(
  written, longer, tmp_path, monkeypatch
):
  runs.run(a_setup(schedule="steps:4:0.5"), tmp_path)
  setup, left, write = (
    a_setup(epochs=5, schedule="steps:4:0.5"),
    [written],
    records_.write_json,
  )

  def killed(path, content):
    if not left[0]:
      raise KeyboardInterrupt
    left[0] -= 1
    write(path, content)

  def not_removed(path):
    raise KeyboardInterrupt

  with monkeypatch.context() as patch:
    patch.setattr(records_, "write_json", killed)
    patch.setattr(pathlib.Path, "unlink", not_removed)
    with pytest.raises(KeyboardInterrupt):
      records_._give_more_epochs(tmp_path, 5)
  runs.run(setup, tmp_path, more_epochs=True)
  assert records(tmp_path)[:-1] == records(longer)[:-1]
  assert records(tmp_path)[-1]["continued_after"] == [3]
  assert runs.load_trained(tmp_path).epochs_done == 5


def test_a_run_may_be_stopped_many_times(whole, tmp_path):
  for moment in [(1, 4), (1, 8), (1, STEPS), (3, 4)]:
    stopped_run(tmp_path, *moment, number=signal.SIGINT)
  runs.run(a_setup(), tmp_path)
  assert_same_end(tmp_path, whole)


def test_signals_are_as_before_after_a_run(tmp_path):
  before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
  stopped_run(tmp_path, 1, 4)
  assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_a_run_goes_on_with_another_number_of_devices(whole, tmp_path):
  stopped_run(tmp_path, 2, 4, setup=a_setup(num_devices=2))
  runs.run(a_setup(num_devices=1), tmp_path)
  for row, expected in zip(records(tmp_path), records(whole), strict=True):
    for name in ("loss", "test_accuracy"):
      assert row[name] == pytest.approx(expected[name], rel=1e-3)


def test_seeds_go_on_together_and_one_by_one(tmp_path):
  setup, seeds = a_setup(augmentation="none"), (0, 1)
  runs.run_seeds(setup, seeds, tmp_path / "whole")
  with stop_at(2, 4):
    runs.run_seeds(setup, seeds, tmp_path / "stopped")
  shutil.copytree(tmp_path / "stopped" / "seed1", tmp_path / "alone")
  runs.run_seeds(setup, seeds, tmp_path / "stopped")
  for seed in ("seed0", "seed1"):
    assert_same_end(tmp_path / "stopped" / seed, tmp_path / "whole" / seed)
  runs.run(a_setup(augmentation="none", seed=1), tmp_path / "alone")
  expected = records(tmp_path / "whole" / "seed1")
  for row, other in zip(records(tmp_path / "alone"), expected, strict=True):
    assert row["loss"] == pytest.approx(other["loss"], rel=1e-4)


def test_a_seed_that_was_ahead_goes_back_to_the_others(tmp_path):
  setup, seeds = a_setup(augmentation="none"), (0, 1)
  runs.run_seeds(setup, seeds, tmp_path / "whole")
  with stop_at(3, STEPS):
    runs.run_seeds(setup, seeds, tmp_path / "stopped")
  # As if a kill had come before the second seed's was written.
  shutil.rmtree(tmp_path / "stopped" / "seed1" / "checkpoints" / str(3 * STEPS))
  # The third epoch, done again, takes other seconds: no checkpoint of the first time fits.
  with stop_at(3, STEPS):
    runs.run_seeds(setup, seeds, tmp_path / "stopped")
  runs.run_seeds(setup, seeds, tmp_path / "stopped")
  for seed in ("seed0", "seed1"):
    assert_same_end(tmp_path / "stopped" / seed, tmp_path / "whole" / seed)


def contents(workdir):
  return {path: path.read_bytes() for path in workdir.rglob("*") if path.is_file()}


def test_no_seed_loses_more_than_an_epoch_to_the_others(tmp_path):
  setup, seeds = a_setup(augmentation="none"), (0, 1)
  with stop_at(2, 4):
    runs.run_seeds(setup, seeds, tmp_path)
  before = contents(tmp_path)
  message = (
    r"^workdir: \S+/seed0 is at step 14 and \S+/seed2 at step 0, together they would go "
    r"back to step 0; train them one by one, each with its seed and workdir, or remove"
  )
  with pytest.raises(runs.ApartError, match=message):
    runs.run_seeds(setup, (0, 1, 2), tmp_path)
  assert before.items() <= contents(tmp_path).items()
  # As if a kill had come while the first checkpoint was written.
  for seed in seeds:
    shutil.rmtree(tmp_path / f"seed{seed}" / "checkpoints" / "14")
  shutil.rmtree(tmp_path / "seed1" / "checkpoints" / "10")
  runs.run_seeds(setup, (0, 1, 2), tmp_path)


def test_seeds_of_other_labels_are_not_trained_together(tmp_path):
  setup, seeds = a_setup(augmentation="none"), (0, 1)
  with stop_at(1, 4):
    runs.run_seeds(setup, seeds, tmp_path)
  path = tmp_path / "seed1" / "labels.npz"
  # As if another version had drawn them.
  arrays = dict(np.load(path))
  np.savez_compressed(path, **arrays | {"noisy": arrays["clean"]})
  message = r"^workdir: \S+/seed0/labels\.npz has other noisy labels than \S+/seed1/"
  with pytest.raises(runs.ApartError, match=message):
    a_setup(augmentation="none", workdirs=[tmp_path / "seed1", tmp_path / "seed0"])


def test_no_seeds_are_refused():
  with pytest.raises(ValueError, match=r"^seeds: none, must be at least one$"):
    runs.run_seeds(a_setup(), [])


def damage_by_truncation(step):
  for path in (step / "arrays").rglob("d/*"):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage_by_a_byte(step):
  path = max((step / "arrays").rglob("d/*"), key=lambda path: path.stat().st_size)
  content = bytearray(path.read_bytes())
  content[len(content) // 2] ^= 255
  path.write_bytes(content)


def damage_by_deletion(step):
  shutil.rmtree(step / "arrays")


def damage_of_the_position(step):
  (step / "position" / "metadata").write_text('{"epoch": 2')


@pytest.mark.parametrize(
  "damage",
  [damage_by_truncation, damage_by_a_byte, damage_by_deletion, damage_of_the_position],
)
def test_the_checkpoint_before_a_damaged_one_is_used(damage, whole, tmp_path, capsys):
  stopped_run(tmp_path, 3, 4)
  steps = sorted(int(path.name) for path in (tmp_path / "checkpoints").glob("[0-9]*"))
  assert steps[-2:] == [20, 24]
  damage(tmp_path / "checkpoints" / "24")
  capsys.readouterr()
  runs.run(a_setup(), tmp_path)
  printed = capsys.readouterr().out
  assert "checkpoint 24 is damaged" in printed
  assert f"it is in {tmp_path}/checkpoints.damaged/24 now, and the one before" in printed
  assert "going on in epoch 3, after 0 steps" in printed
  assert (tmp_path / "checkpoints.damaged" / "24").is_dir()
  assert_same_end(tmp_path, whole)


def test_without_a_sound_checkpoint_a_run_begins_anew(whole, tmp_path, capsys):
  stopped_run(tmp_path, 1, 8)
  damage_by_deletion(tmp_path / "checkpoints" / "8")
  runs.run(a_setup(), tmp_path)
  assert "no checkpoint is left to go on from; starting" in capsys.readouterr().out
  assert_same_end(tmp_path, whole)


def test_a_torn_line_and_lines_that_came_too_early_are_written_again(whole, tmp_path):
  stopped_run(tmp_path, 2, 4)
  with (tmp_path / "metrics.jsonl").open("a") as file:
    file.write('{"epoch": 2, "lo')
  runs.run(a_setup(), tmp_path)
  assert_same_end(tmp_path, whole)


def test_missing_lines_are_an_error(tmp_path):
  stopped_run(tmp_path, 2, 4)
  (tmp_path / "metrics.jsonl").write_text("")
  with pytest.raises(OSError, match=r"metrics\.jsonl lacks epochs before epoch 2"):
    runs.run(a_setup(), tmp_path)


def test_a_run_goes_on_with_the_labels_it_began_with(whole, tmp_path, monkeypatch):
  stopped_run(tmp_path, 1, 8)
  # As if another version drew other ones.
  draw = noise.symmetric

  def draw_others(*args, **kwargs):
    drawn = draw(*args, **kwargs)
    return drawn._replace(noisy=np.zeros_like(drawn.noisy))

  monkeypatch.setattr(noise, "symmetric", draw_others)
  with pytest.raises(
    OSError, match=r"labels\.npz has other noisy labels than this setup; pr"
  ):
    runs.run(a_setup(), tmp_path)
  runs.run(a_setup(workdirs=[tmp_path]), tmp_path)
  assert_same_end(tmp_path, whole)


def test_other_images_are_noticed(tmp_path):
  stopped_run(tmp_path, 1, 8)
  setup = a_setup()
  other = setup.train_labels._replace(clean=np.zeros_like(setup.train_labels.clean))
  with pytest.raises(OSError, match=r"labels\.npz has other clean than data and files now"):
    runs.run(setup._replace(train_labels=other), tmp_path)
  (tmp_path / "labels.npz").write_bytes(b"PK")
  with pytest.raises(OSError, match=r"labels\.npz is damaged"):
    runs.run(setup, tmp_path)


def changed_data(dataset, change):
  images, labels = dataset.train_images, dataset.train_labels
  match change:
    case "train images":
      return dataset._replace(train_images=images[..., ::-1, :])
    case "train images, train labels":
      return dataset._replace(train_images=images[::-1], train_labels=labels[::-1])
    case "test images":
      return dataset._replace(test_images=dataset.test_images[..., ::-1, :])
    case "test labels":
      return dataset._replace(test_labels=(dataset.test_labels + 1) % 10)
    case "class names":
      return dataset._replace(class_names=dataset.class_names[::-1])
  raise ValueError(change)


@pytest.mark.parametrize(
  "change",
  [
    "train images",
    "train images, train labels",
    "test images",
    "test labels",
    "class names",
  ],
)
def test_changed_data_are_refused(change, tmp_path):
  dataset = data.digits(10, train_size=64, test_size=10)
  workdirs.save(tmp_path, [(1, (2, 0), 1.0, 0.1)])
  setup = runs.prepare(workdirs.CONFIG, dataset=changed_data(dataset, change))
  before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
  with pytest.raises(OSError, match=rf"the data set has changed \({change}\)"):
    runs.run(setup, tmp_path)
  (tmp_path / ".lock").unlink()
  assert before == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}


def test_a_copy_of_the_data_elsewhere_has_not_changed(tmp_path):
  rng = np.random.default_rng(0)
  arrays = {
    "train_images": rng.integers(256, size=(64, 4, 5, 3), dtype=np.uint8),
    "train_labels": np.arange(64) % 4,
    "test_images": rng.integers(256, size=(8, 4, 5, 3), dtype=np.uint8),
    "test_labels": np.arange(8) % 4,
  }
  np.savez(tmp_path / "set.npz", **arrays)
  np.savez_compressed(tmp_path / "copy.npz", **arrays)
  one, other = (data.from_npz(tmp_path / name) for name in ("set.npz", "copy.npz"))
  assert data.content(one) == data.content(other)


@pytest.mark.parametrize(
  "setting, value",
  [
    ("jax_default_prng_impl", "rbg"),
    ("jax_enable_x64", True),
    ("jax_threefry_partitionable", False),
  ],
)
def test_settings_that_change_random_numbers_are_refused(setting, value, tmp_path):
  workdirs.save(tmp_path, [(1, (2, 0), 1.0, 0.1)])
  dataset = data.digits(10, train_size=64, test_size=10)
  setup = runs.prepare(workdirs.CONFIG, dataset=dataset)
  before = getattr(jax.config, setting)
  jax.config.update(setting, value)
  try:
    with pytest.raises(OSError, match=f"began with {setting} {before}, and it is {value}"):
      runs.run(setup, tmp_path)
  finally:
    jax.config.update(setting, before)


def test_two_runs_do_not_share_a_workdir(tmp_path):
  stopped_run(tmp_path, 1, 4)
  with (tmp_path / ".lock").open("a") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    with pytest.raises(runs.InUseError, match="is in use by another process"):
      runs.run(a_setup(), tmp_path)
  runs.run(a_setup(), tmp_path)


def test_a_full_disk_is_one_line_and_keeps_what_is_there(tmp_path, monkeypatch):
  stopped_run(tmp_path, 1, 8)
  before = last_arrays(tmp_path)
  manager = checkpoints.ocp.CheckpointManager

  def no_space(*_, **__):
    raise OSError(28, "No space left on device")

  with monkeypatch.context() as patch:
    patch.setattr(manager, "save", no_space)
    with pytest.raises(OSError, match=r"cannot be written .*No space left") as failure:
      runs.run(a_setup(), tmp_path)
  assert "\n" not in str(failure.value)
  after = last_arrays(tmp_path)
  assert all((after[name] == before[name]).all() for name in before)


def test_a_checkpoint_of_another_network_is_named(tmp_path):
  stopped_run(tmp_path, 1, 8)
  config = json.loads((tmp_path / "config.json").read_text())
  config["widths"] = [8]
  (tmp_path / "config.json").write_text(json.dumps(config))
  with pytest.raises(
    OSError, match=r"^workdir: .* the checkpoint has \(16,\) as the shape of .*bias, must"
  ):
    runs.run(a_setup(widths=(8,)), tmp_path)


@pytest.mark.parametrize(
  "there, named",
  [
    ({"loss": "gce(q=0.7)", "logit_bias": 0.5}, "logit_bias 0.5, and 0.0 is chosen now"),
    (
      {"loss": "gce(q=0.6)", "logit_bias": 0.0},
      r"loss gce\(q=0\.6\), and gce\(q=0\.7\)",
    ),
    ({"loss": "agce(q=0.7)", "logit_bias": 0.0}, r"loss agce\(q=0\.7\), and gce"),
    ({"loss": "gce(q=0.7)", "logit_bias": None}, "logit_bias None, and 0.0 is chosen now"),
    ({"loss": "gce(q=0.7)"}, "logit_bias None, and 0.0 is chosen now"),
    ([], r"loss None, and gce\(q=0\.7\) is chosen now"),
    ({"loss": "gce(q=0.7005)", "logit_bias": 0.001}, None),
    (None, None),
  ],
)
def test_a_run_goes_on_with_the_numbers_that_were_chosen(there, named, tmp_path):
  setup = a_setup(loss="gce(q=auto)", logit_bias="auto", epochs=1)
  stopped_run(tmp_path, 1, 4, setup=setup)
  config = json.loads((tmp_path / "config.json").read_text())
  assert config.pop("chosen") == {"loss": "gce(q=0.7)", "logit_bias": 0.0}
  if there is not None:
    config["chosen"] = there
  (tmp_path / "config.json").write_text(json.dumps(config))
  if named is None:
    runs.run(setup, tmp_path)
    return
  with pytest.raises(OSError, match=f"^workdir: {tmp_path} began with {named}"):
    runs.run(setup, tmp_path)


def test_the_latest_and_the_best_checkpoint_are_kept(tmp_path):
  state = {"w": np.arange(3.0)}
  with checkpoints.Checkpoints(tmp_path) as kept:
    assert kept.best_step() is None
    for step, accuracy in ((10, 0.2), (20, 0.9), (30, 0.3), (35, None), (40, 0.4)):
      kept.save(step, Snapshot(step, 0, {}, None, state), accuracy)
    kept.wait()
    assert kept.steps == [20, 35, 40]
    assert kept.best_step() == 20
    assert kept.restore(20, state).epoch == 20


def test_workdirs_hold_no_partial_files(whole):
  names = {path.name for path in pathlib.Path(whole).iterdir()}
  assert names == {
    ".lock",
    "checkpoints",
    "config.json",
    "curves.png",
    "dataset.json",
    "labels.npz",
    "metrics.jsonl",
    "summary.json",
    "versions.json",
  }


def change(path, old, new):
  text = path.read_text()
  assert old in text
  path.write_text(text.replace(old, new, 1))


def test_another_number_in_the_records_is_noticed(tmp_path):
  stopped_run(tmp_path, 3, 4)
  change(tmp_path / "metrics.jsonl", '"test_accuracy": 0.', '"test_accuracy": 0.9')
  with pytest.raises(OSError, match=r"metrics\.jsonl has changed since its checkpoint"):
    runs.run(a_setup(), tmp_path)


@pytest.mark.parametrize("line", ["", "[1]", "null", '{"epoch": 2}', "\xff", "[" * 10_000])
def test_damaged_records_are_named(line, tmp_path):
  stopped_run(tmp_path, 3, 4)
  path = tmp_path / "metrics.jsonl"
  first, _ = path.read_text().splitlines()
  path.write_bytes(f"{first}\n{line}\n".encode("latin-1"))
  with pytest.raises(OSError, match=r"^workdir: .*metrics\.jsonl") as failure:
    runs.run(a_setup(), tmp_path)
  assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
  "content", [b"", b"PK\x05\x06" + bytes(18), b"\x93NUMPY\x01\0", b"\x80\x04N.", None]
)
def test_damaged_labels_are_named(content, tmp_path):
  stopped_run(tmp_path, 1, 4)
  path = tmp_path / "labels.npz"
  path.unlink()
  if content is None:
    np.save(path.with_suffix(".npy"), np.arange(3))
    path.with_suffix(".npy").rename(path)
  else:
    path.write_bytes(content)
  with pytest.raises(OSError, match=r"^workdir: .*labels\.npz is damaged"):
    runs.run(a_setup(), tmp_path)


def test_labels_that_are_no_classes_are_refused(tmp_path):
  stopped_run(tmp_path, 1, 4)
  held = dict(np.load(tmp_path / "labels.npz"))
  np.savez(tmp_path / "labels.npz", **held | {"noisy": held["noisy"] + 9})
  with pytest.raises(OSError, match=r"labels\.npz is damaged \(labels: 1\d at position"):
    runs.run(a_setup(), tmp_path)


def test_a_summary_without_its_outcome_is_named(tmp_path):
  stopped_run(tmp_path, 1, 4)
  (tmp_path / "summary.json").write_text("{}")
  with pytest.raises(
    OSError, match=r"summary\.json lacks best_epoch, .*; without the file"
  ):
    runs.check_workdir(tmp_path, CONFIG)


@pytest.mark.parametrize(
  "error, told",
  [
    (OSError(28, "No space left on device"), "OSError: workdir: {path} cannot be written"),
    (
      RuntimeError("no backend\nmore"),
      "RuntimeError: no backend); the run does without it",
    ),
  ],
)
def test_a_picture_or_table_that_fails_costs_no_finished_training(
  error, told, tmp_path, monkeypatch, capsys, whole
):
  def fail(*_, **__):
    raise error

  stopped_run(tmp_path, 3, 8)
  capsys.readouterr()
  monkeypatch.setattr("matplotlib.figure.Figure.savefig", fail)
  monkeypatch.setattr("noisy_jax.runs.runner.judge", fail)
  summary = runs.run(a_setup(), tmp_path)
  lines = capsys.readouterr().out.splitlines()
  path = tmp_path / "curves.png"
  assert [line for line in lines if line.startswith("examples.csv is left out (")]
  (line,) = [line for line in lines if line.startswith(f"{path} is left out (")]
  assert told.format(path=path) in line
  assert not path.exists()
  assert not list(tmp_path.glob("partial.*"))
  assert json.loads((tmp_path / "summary.json").read_text()) == summary
  assert_same_end(tmp_path, whole)


def test_an_interruption_while_curves_are_drawn_leaves_the_run_unfinished(
  tmp_path, monkeypatch, whole
):
  def interrupt(*_, **__):
    raise KeyboardInterrupt

  stopped_run(tmp_path, 3, 8)
  with monkeypatch.context() as patch:
    patch.setattr("matplotlib.figure.Figure.savefig", interrupt)
    with pytest.raises(KeyboardInterrupt):
      runs.run(a_setup(), tmp_path)
  assert not (tmp_path / "summary.json").exists()
  runs.run(a_setup(), tmp_path)
  assert (tmp_path / "curves.png").exists()
  assert_same_end(tmp_path, whole)


def test_another_place_in_a_checkpoint_is_noticed(whole, tmp_path, capsys):
  stopped_run(tmp_path, 3, 4)
  change(tmp_path / "checkpoints/24/position/metadata", '"epoch": 3', '"epoch": 2')
  runs.run(a_setup(), tmp_path)
  assert "checkpoint 24 is damaged (the digest of its pos" in capsys.readouterr().out
  assert_same_end(tmp_path, whole)


def test_a_workdir_needs_a_name_that_is_text(tmp_path):
  with pytest.raises(OSError, match=r"^workdir: .*, must have a name in UTF-8"):
    runs.check_workdir(tmp_path / "\udcff", CONFIG)
