"""The page on which a reader looks at the likeliest wrong labels and decides on each."""

import base64
import hashlib
import json
import pathlib
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from noisy_jax.audit.findings import Findings, Summary
from noisy_jax.audit.thumbnails import thumbnails
from noisy_jax.data.stream import Stream
from noisy_jax.runs.files import digest, whole

_SHOWN = 5000
_BINS = 60
# The matrix of more classes would be too fine to hit.
_MATRIX_CLASSES = 30
# Joined in this order.
_STYLES = ("filters.css", "page.css")
_SCRIPTS = (
  "text.js", "csv.js", "decisions.js", "sample.js", "histogram.js", "confusion.js",
  "cards.js", "classes.js", "page.js",
)  # fmt: skip


def write_page(
  path: pathlib.Path,
  findings: Findings,
  summary: Summary,
  images: np.ndarray | Stream | None,
) -> None:
  """Writes one HTML file that shows the 5,000 likeliest wrong labels and takes decisions.

  The file needs no server and no network, and refuses both. Decisions are downloaded as
  decisions.csv, with the columns id, decision (relabel, keep or leave_out) and label, the
  class name to relabel to, or empty. Ids and names are there as they are: bytes of a file
  name that are not text, which Python reads as lone surrogates, are the same bytes again,
  as in a file that Python writes with errors="surrogateescape", and are to be read so.

  Args:
    path: path of the file.
    findings: what is known of each example.
    summary: what is known of the set.
    images: the images of the examples, in their order, [n, height, width, channels] or a
      stream; features, [n, d], or None make the page a table.

  Raises:
    OSError: if the file cannot be written, or an image of a stream cannot be read.
    ValueError: if a score is not finite.
  """
  shown = findings.order[:_SHOWN]
  has_features = isinstance(images, np.ndarray) and images.ndim == 2
  pictures = None if images is None or has_features else thumbnails(images, shown)
  style, script = _joined(_STYLES), _joined(_SCRIPTS)
  html = (
    _environment()
    .get_template("report.html.j2")
    .render(
      summary=summary,
      num_examples=len(findings.ids),
      num_declared=int(findings.declared.sum()),
      num_shown=len(shown),
      data=_data(findings, summary, shown, pictures),
      sheets=[] if pictures is None else pictures.sheets,
      style=Markup(style),
      script=Markup(script),
      style_hash=_hash(style),
      script_hash=_hash(script),
    )
  )
  with whole(path) as partial:
    partial.write_text(html, encoding="utf-8", errors="backslashreplace")


def _environment():
  environment = jinja2.Environment(
    loader=jinja2.PackageLoader("noisy_jax.audit"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
  )
  environment.policies["json.dumps_kwargs"] = {
    "allow_nan": False,
    "separators": (",", ":"),
  }
  return environment


def _joined(names):
  """The files of these names in the templates, as one text."""
  folder = pathlib.Path(__file__).parent / "templates"
  return "\n".join((folder / name).read_text("utf-8") for name in names)


def _hash(text):
  """The text's name in a Content-Security-Policy."""
  return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data(findings, summary, shown, pictures) -> dict[str, Any]:
  """What the script knows; the examples are those shown, the likeliest wrong first."""
  return {
    "key": _key(findings, summary),
    "class_names": list(summary.class_names),
    "threshold": float(summary.threshold),
    "ids": findings.ids[shown].tolist(),
    "given": findings.labels[shown].tolist(),
    "likely": findings.likely[shown].tolist(),
    "scores": findings.scores[shown].tolist(),
    "declared": findings.declared[shown].astype(int).tolist(),
    "copies": {
      place: _copies(findings, findings.copies[position])
      for place, position in enumerate(shown.tolist())
      if position in findings.copies
    },
    "histogram": _histogram(findings),
    "pairs": _pairs(findings, len(summary.class_names)),
    "has_matrix": len(summary.class_names) <= _MATRIX_CLASSES,
    "thumbnails": None
    if pictures is None
    else {**pictures._asdict(), "sheets": len(pictures.sheets)},
  }


def _copies(findings, positions):
  """Id and label of one copy of each class: a group of many copies would fill the page."""
  ids = {int(findings.labels[copy]): str(findings.ids[copy]) for copy in positions[::-1]}
  return [[id_, label] for label, id_ in sorted(ids.items())]


def _key(findings, summary):
  """A text that tells this audit's decisions from those of others in one browser."""
  # The labels too: a second audit may have the same examples with corrected ones.
  of_audit = [summary.dataset, findings.ids.tolist(), findings.labels.tolist()]
  return digest(json.dumps(of_audit).encode())


def _histogram(findings):
  scores = findings.scores.astype(float)
  counts, edges = np.histogram(scores, _BINS)
  declared, _ = np.histogram(scores[findings.declared], edges)
  return {
    "low": edges[0],
    "high": edges[-1],
    "counts": counts.tolist(),
    "declared": declared.tolist(),
  }


def _pairs(findings, num_classes):
  """Given and likely label and their number among the declared, the most frequent first."""
  declared = findings.declared
  pairs = findings.labels[declared].astype(int) * num_classes + findings.likely[declared]
  pairs, counts = np.unique(pairs, return_counts=True)
  first = np.argsort(-counts, kind="stable")
  columns = pairs[first] // num_classes, pairs[first] % num_classes, counts[first]
  return np.stack(columns, axis=1).tolist()
