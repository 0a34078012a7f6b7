"""Decisions on the examples of an audit: relabelled, left out, or kept as they are."""

import difflib
import json
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from noisy_jax import csv_rows

_RELABEL, _LEAVE_OUT, _KEEP = "relabel", "leave_out", "keep"


class Audited(NamedTuple):
  """The examples of a finished audit, the likeliest wrong label first.

  Attributes:
    dataset: the set, as the user named it.
    class_names: one name a class.
    folder: absolute path of the audited folder; None for a set of another kind.
    given: name of the given class by id.
    declared: ids of the examples whose label is declared wrong.
    corrected: labels that were changed before the audit, by id; an empty text for an
      example that was left out. `given` has the changed ones.
  """

  dataset: str
  class_names: tuple[str, ...]
  folder: str | None
  given: Mapping[str, str]
  declared: Sequence[str]
  corrected: Mapping[str, str]


def read_audited(audit: str | os.PathLike) -> Audited:
  """Reads what an audit says of each example.

  Args:
    audit: its out_dir.

  Returns:
    `Audited`.

  Raises:
    OSError: if issues.csv or summary.json is missing there, or cannot be read.
    ValueError: if one of them is damaged.
  """
  issues, summary = (pathlib.Path(audit, name) for name in ("issues.csv", "summary.json"))
  for path in (issues, summary):
    if not path.is_file():
      raise FileNotFoundError(
        f"AUDIT: {audit} has no {path.name}, must be the out_dir of noisy-jax audit"
      )
  rows = csv_rows.read_columns("AUDIT", issues, ("id", "given", "declared"))
  given = {id_: name for _, (id_, name, _) in rows}
  declared = [id_ for _, (id_, _, declared) in rows if declared]
  try:
    facts = json.loads(summary.read_text())
    return Audited(
      facts["dataset"],
      tuple(facts["class_names"]),
      facts.get("folder"),
      given,
      declared,
      # An older audit did not note them.
      dict(facts.get("corrected", {})),
    )
  except (ValueError, KeyError, TypeError, AttributeError) as error:
    raise ValueError(f"AUDIT: {summary} is damaged ({error!r})") from error


def read_decisions(audited: Audited, path: str | os.PathLike) -> dict[str, str]:
  """The labels that a file of decisions changes.

  Args:
    audited: the audit.
    path: a .csv file with the columns id, decision and label. A decision is relabel, with
      the name of a class as label; or leave_out or keep, without a label.

  Returns:
    The name of the new class by id, in the order of the audit; an empty text for an example
    that is left out. Examples that keep their label are not there.

  Raises:
    OSError: if the file cannot be read.
    ValueError: if it has not these columns, or a row has an id that is not in the audit or
      comes twice, another decision, or a label that does not belong to the decision.
  """
  decided: dict[str, str] = {}
  names = audited.class_names
  columns = ("id", "decision", "label")
  for line, (id_, decision, label) in csv_rows.read_columns("decisions", path, columns):
    place = f"decisions: {path}, line {line}"
    if id_ not in audited.given:
      raise ValueError(f"{place}: id {id_!r}, must be one of the audit's issues.csv")
    if id_ in decided:
      raise ValueError(f"{place}: id {id_!r} comes a second time, must come once")
    if decision not in (_RELABEL, _LEAVE_OUT, _KEEP):
      raise ValueError(
        f"{place}: decision {decision!r}, must be {_RELABEL}, {_LEAVE_OUT} or {_KEEP}"
      )
    if decision == _RELABEL and label not in names:
      (near,) = difflib.get_close_matches(label, names, 1, 0)
      raise ValueError(
        f"{place}: label {label!r}, must be one of the {len(names)} classes, such as "
        f"{near!r}"
      )
    if decision != _RELABEL and label:
      raise ValueError(f"{place}: label {label!r}, must be empty with {decision}")
    decided[id_] = audited.given[id_] if decision == _KEEP else label
  return {
    id_: decided[id_]
    for id_, name in audited.given.items()
    if decided.get(id_, name) != name
  }
