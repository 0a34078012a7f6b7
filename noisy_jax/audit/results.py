"""The files that an audit writes."""

import json
import pathlib

import numpy as np

from noisy_jax import runs
from noisy_jax.audit import page
from noisy_jax.audit.audit import Audit
from noisy_jax.audit.findings import Findings, Summary

COLUMNS = ("id", "row", "given", "likely", "score", "declared", "copies")


def write(
  out_dir: pathlib.Path, audit: Audit, folder: str | None, *, num_folds: int = 0
) -> None:
  """Writes the results; summary.json comes last.

  issues.csv     every label, the likeliest wrong one first: id; row, the position in the
                 set and in pred_probs.npy; given and likely class; score, higher for
                 cleaner; declared, yes or empty; copies, ids of the same image under other
                 labels;
  pred_probs.npy probability of every class for each example, float32[n, K];
  transition.csv estimate of P(given = column | right = row), with class names;
  report.html    a page to look at suspects and to decide;
  summary.json   the summary, without the matrix; and what was corrected before the audit.

  Args:
    out_dir: the directory.
    audit: the results.
    folder: path of the folder of the images, if the set is one.
    num_folds: number of networks that scored out of fold.
  """
  findings, summary, probabilities, images, corrected = audit
  names = summary.class_names
  runs.write_csv(out_dir / "issues.csv", COLUMNS, _rows(findings, names), "out_dir")
  np.save(out_dir / "pred_probs.npy", probabilities)
  matrix = zip(names, summary.transition.tolist(), strict=True)
  rows = ((name, *(f"{x:.6g}" for x in row)) for name, row in matrix)
  runs.write_csv(out_dir / "transition.csv", ("right", *names), rows, "out_dir")
  page.write_page(out_dir / "report.html", findings, summary, images)
  facts = _facts(findings, summary)
  facts |= {"folder": folder, "folds": num_folds, "corrected": dict(corrected)}
  text = json.dumps(facts, indent=2, allow_nan=False)
  (out_dir / "summary.json").write_text(text + "\n")


def _rows(findings: Findings, names):
  for row in findings.order.tolist():
    others = findings.copies.get(row, ())
    yield (
      findings.ids[row],
      row,
      names[findings.labels[row]],
      names[findings.likely[row]],
      f"{findings.scores[row]:.6g}",
      "yes" if findings.declared[row] else "",
      ";".join(findings.ids[other] for other in others),
    )


def _facts(findings: Findings, summary: Summary):
  return {
    "dataset": summary.dataset,
    "class_names": summary.class_names,
    "num_examples": len(findings.labels),
    "num_declared": int(findings.declared.sum()),
    "threshold": summary.threshold,
    "noise_rate": summary.noise_rate._asdict(),
    "false_alarms": summary.false_alarms._asdict(),
    "class_noise": dict(
      zip(summary.class_names, summary.class_noise.round(6).tolist(), strict=True)
    ),
    "score_meaning": summary.score_meaning,
    "estimation": summary.estimation,
    "notes": summary.notes,
  }
