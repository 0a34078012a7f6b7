r"""Makes corrected labels of the decisions on an audit.

  noisy-jax apply AUDIT --out_dir=cleaned --decisions=decisions.csv
  noisy-jax train --dataset=folder:photos --labels=cleaned/labels.csv

AUDIT is the out_dir of noisy-jax audit. Without --decisions, every example whose label the
audit declares wrong is left out; with it, only what the file says changes. What --labels of
the audit had changed stays so. Nothing is ever written into the audited folder.
"""

import os
import pathlib

from absl import flags

from noisy_jax import runs
from noisy_jax.audit import decisions, picture_links
from noisy_jax.cli import messages, path_flags
from noisy_jax.paths import expanded_path

_OUT_DIR = path_flags.define(
  "out_dir",
  None,
  "New directory for labels.csv, which --labels of train takes.",
  allow_override=True,
)
_DECISIONS = path_flags.define(
  "decisions",
  None,
  "CSV file with the columns id, decision (relabel, keep or leave_out) and label, as the "
  "page of the audit downloads it.",
  allow_override=True,
)
_LINKS = flags.DEFINE_bool(
  "links",
  False,
  "Whether to make a folder images of links to the pictures too, in the classes decided "
  "on and without those left out; train takes it as folder:PATH.",
  allow_override=True,
)


def main(argv):
  audit = messages.one_argument(argv, "AUDIT", "directory of an audit")
  with messages.ending_in_one_line(ValueError, OSError):
    if _OUT_DIR.value is None:
      raise ValueError("out_dir: None, must be a new directory")
    out_dir = pathlib.Path(_OUT_DIR.value)
    audited = decisions.read_audited(expanded_path("AUDIT", audit))
    if _DECISIONS.value is None:
      labels = dict.fromkeys(audited.declared, "")
    else:
      labels = decisions.read_decisions(audited, _DECISIONS.value)
    labels = {**audited.corrected, **labels}
    _check_free(out_dir, audited)
    links = picture_links.plan_links(audited, labels) if _LINKS.value else ()
    messages.make_out_dir(out_dir)
    picture_links.make_links(links, out_dir / "images")
    # Last: a directory with this file is whole.
    runs.write_csv(out_dir / "labels.csv", ("id", "label"), labels.items(), "out_dir")
  num_left_out = sum(not label for label in labels.values())
  num_kept = len(audited.given.keys() - labels.keys())
  messages.say(
    f"{out_dir}/labels.csv: {len(labels) - num_left_out:,} relabelled, {num_left_out:,} "
    f"left out, {num_kept:,} kept as they are"
  )


def _check_free(out_dir, audited):
  if audited.folder is not None:
    picture_links.check_outside("out_dir", out_dir, audited.folder, audited.given)
  if os.path.lexists(out_dir) and not (out_dir.is_dir() and not any(out_dir.iterdir())):
    raise FileExistsError(f"out_dir: {out_dir} is not empty, must be a new directory")
