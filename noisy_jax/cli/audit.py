r"""Finds the labels of a data set that are probably wrong.

  noisy-jax audit photos --out_dir=audit
  noisy-jax audit npz:features.npz --out_dir=audit --folds=5

The argument is a folder of class folders, with or without train and test above them, or a
data set as --dataset of train has it. One network is trained on all labels, those of test
too, with a method that memorises few wrong ones; then each label is scored. In out_dir,
report.html shows the likeliest wrong labels, to decide on; issues.csv lists all;
pred_probs.npy has the probabilities of all classes; summary.json and transition.csv have
the estimated noise. Nothing else is written. The same command goes on after an
interruption. Without --epochs, a small set has more epochs, so as to have 3,000 steps, and
60 at most.

noisy-jax apply turns decisions into labels, or into a folder of links; noisy-jax predict
predicts the classes of new images with the network of the audit.
"""

import dataclasses
import itertools
import json
import os
import pathlib

from absl import flags

from noisy_jax import data, runs, training
from noisy_jax.audit import audit, picture_links, results
from noisy_jax.cli import config_flags, messages, path_flags
from noisy_jax.data.corrected_labels import corrections
from noisy_jax.paths import expanded_path
from noisy_jax.training import TrainConfig, defaults_of_dataset

_SETTINGS = config_flags.define(
  "image_size",
  "max_memory_gb",
  "labels",
  "model",
  "widths",
  "batch_size",
  "epochs",
  "learning_rate",
  "seed",
)
flags.adopt_module_key_flags(config_flags)  # --helpshort shows them
# An epoch of a small set is too short to count by.
_STEPS, _EPOCHS = 3000, (10, 60)
_FOLDS = flags.DEFINE_integer(
  "folds",
  0,
  "Number of networks that score examples they were not trained on, beside the network "
  "that is trained on all; 0: that network scores.",
)
_DATA_DIR = path_flags.define("data_dir", None, "Directory of prepared TFDS sets.")
_DOWNLOAD = flags.DEFINE_bool(
  "download", False, "Whether TFDS may download and prepare a data set that is not there."
)
_OUT_DIR = path_flags.define("out_dir", None, "Directory for the results.")


def main(argv):
  given = messages.one_argument(argv, "PATH", "folder or data set to audit")
  with messages.ending_in_one_line(ValueError, OSError, FloatingPointError):
    name, folder = _dataset(given)
    out_dir = _checked_out_dir()
    config = _config(name)
    dataset = training.open_dataset(config, _DATA_DIR.value, download=_DOWNLOAD.value)
    if folder is not None:
      ids = data.example_ids(dataset).values()
      picture_links.check_outside("out_dir", out_dir, folder, itertools.chain(*ids))
    if not _SETTINGS["epochs"].present:
      config = dataclasses.replace(config, epochs=_num_epochs(config, dataset))
    if _is_finished(out_dir, config, dataset):
      messages.say(f"{out_dir} holds this audit, finished; nothing to do (see report.html)")
      return
    messages.make_out_dir(out_dir)
    found = audit.audit(config, out_dir, dataset=dataset, num_folds=_FOLDS.value)
    results.write(out_dir, found, folder, num_folds=_FOLDS.value)
  _describe(found, out_dir)


def _dataset(given):
  """The name of the set, and the absolute path of its folder, if it is one."""
  path = expanded_path("PATH", given.removeprefix("folder:"))
  if given.startswith("folder:") or os.path.isdir(path):
    folder = os.path.abspath(path)
    return f"folder:{folder}", folder
  data.parse_name(given)
  return given, None


def _checked_out_dir():
  if _OUT_DIR.value is None:
    raise ValueError("out_dir: None, must be a directory for the results")
  out_dir = pathlib.Path(_OUT_DIR.value)
  if out_dir.is_dir() and any(out_dir.iterdir()) and not (out_dir / "run").is_dir():
    raise FileExistsError(f"out_dir: {out_dir} has other files; must be new or empty")
  return out_dir


def _is_finished(out_dir, config, dataset):
  """Whether the directory holds this audit, finished; another one is refused."""
  runs.check_workdir(out_dir / "run", audit.training_config(config))
  if not (out_dir / "summary.json").exists():
    return False
  facts = json.loads((out_dir / "summary.json").read_text())
  if facts["folds"] != _FOLDS.value:
    raise ValueError(
      f"folds: {_FOLDS.value}, must be {facts['folds']} as in the audit that {out_dir} "
      "holds, or out_dir another one"
    )
  # An older audit did not note them.
  corrected = corrections(dataset, config.parts.data.labels)
  if facts.get("corrected", corrected) != corrected:
    raise ValueError(
      f"labels: {config.labels}, must change what it changed in the audit that {out_dir} "
      "holds, or out_dir be another one"
    )
  return True


def _config(name) -> TrainConfig:
  on_command_line = [key for key, holder in _SETTINGS.items() if holder.present]
  chosen = defaults_of_dataset(name, on_command_line)
  return config_flags.read(_SETTINGS, dataset=name, on_bad_image="skip", **chosen)


def _num_epochs(config, dataset):
  size = len(dataset.train_labels) + len(dataset.test_labels)
  steps = max(1, size // config.batch_size)
  fewest, most = _EPOCHS
  return min(most, max(fewest, -(-_STEPS // steps)))


def _describe(found, out_dir):
  summary, declared = found.summary, int(found.findings.declared.sum())
  for note in summary.notes:
    messages.say(note)
  rate, false = summary.noise_rate, summary.false_alarms
  messages.say(
    f"{declared:,} of {len(found.findings.labels):,} labels declared wrong, about "
    f"{false.value:,.0f} of them by mistake ({false.low:,.0f} to {false.high:,.0f})"
  )
  messages.say(
    f"about {rate.value:.1%} of all labels are wrong ({rate.low:.1%} to {rate.high:.1%})"
  )
  messages.say(f"{out_dir}/report.html shows the likeliest, issues.csv lists all")
