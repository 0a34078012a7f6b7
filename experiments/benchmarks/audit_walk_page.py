"""The page of the walk from a dirty folder to a clean model."""

from typing import Any


def page(results: dict[str, Any]) -> str:
  """The README.md of the results.

  Args:
    results: those of `audit_walk.walk`.
  """
  return f"""# From a dirty folder to a clean model

Made by

```bash
python -m experiments.benchmarks.audit_walk --workdir=DIR \\
  --out_dir=experiments/results/audit_walk
```

It writes {results["pictures"]:,} pictures of three digits into {results["classes"]} class
folders, {results["wrong"]:,} of them into a wrong one, and {results["new"]:,} more into a
folder that no training sees. Then it calls the commands below.

There was one draw of the pictures and one seed; others give somewhat other numbers. All
trainings are of the same network for {results["epochs"]} epochs. Those of `train` keep a
tenth of their folder for testing; those of the audit do not. In so many epochs plain
cross-entropy (CE) memorises wrong labels: networks that stop earlier would serve cleanlab
better.

## Labels found

{found(results)}

{estimates(results)}

## Accuracy on new pictures

{accuracy(results)}

## Time

The process had one core, and other jobs ran on the machine, so CPU time says more.

{seconds(results)}
"""


def found(results: dict[str, Any]) -> str:
  """The table of the labels found, by the audit and by cleanlab."""
  audit, cleanlab = results["found"]["audit"], results["found"]["cleanlab"]
  rows = [
    (f"wrong among the first {n}", *(f"{of['first'][n]:.1%}" for of in (audit, cleanlab)))
    for n in audit["first"]
  ]
  rows += [
    ("declared wrong", *(f"{of['declared']:,}" for of in (audit, cleanlab))),
    ("precision of the declared", *(f"{of['precision']:.1%}" for of in (audit, cleanlab))),
    ("recall of the wrong", *(f"{of['recall']:.1%}" for of in (audit, cleanlab))),
    ("AUROC of the score", *(f"{of['auroc']:.4f}" for of in (audit, cleanlab))),
    ("networks trained", "1", "5"),
    ("CPU time", *(f"{_cpu(results, name):,.0f} s" for name in ("audit ", "cleanlab"))),
  ]
  heads = ("", "noisy-jax audit", "cleanlab, CE out of fold")
  return _table(heads, rows, "lrr")


def estimates(results: dict[str, Any]) -> str:
  """The table of what the audit estimates, beside the truth."""
  rate, alarms = results["noise_rate"], results["false_alarms"]
  right = results["found"]["audit"]["right_among_declared"]
  rows = [
    (
      "wrong labels",
      f"{rate['value']:.1%} ({rate['low']:.1%} to {rate['high']:.1%})",
      f"{results['wrong'] / results['pictures']:.1%}",
    ),
    (
      "false alarms",
      f"{alarms['value']:,.0f} ({alarms['low']:,.0f} to {alarms['high']:,.0f})",
      f"{right:,}",
    ),
  ]
  return _table(("", "the audit's estimate", "in truth"), rows, "lrr")


def accuracy(results: dict[str, Any]) -> str:
  """The table of accuracies on new pictures."""
  names = {
    "given": "CE on the folder as it was given",
    "audit": "the network of the audit",
    "cleaned": "CE without the declared pictures",
    "cleaned_by_cleanlab": "CE without the pictures that cleanlab finds",
  }
  rows = [(text, f"{results['accuracy'][name]:.1%}") for name, text in names.items()]
  return _table(("training", "accuracy"), rows, "lr")


def seconds(results: dict[str, Any]) -> str:
  """The table of times."""
  rows = [
    (f"`noisy-jax {name}`" if " " in name else name, f"{wall:,.0f}", f"{cpu:,.0f}")
    for name, (wall, cpu) in results["seconds"].items()
  ]
  return _table(("command", "seconds", "of CPU"), rows, "lrr")


def _cpu(results, start):
  return next(
    cpu for name, (_, cpu) in results["seconds"].items() if name.startswith(start)
  )


def _table(heads, rows, alignment):
  marks = {"l": "---", "r": "---:"}
  lines = [heads, [marks[sign] for sign in alignment], *rows]
  return "\n".join("| " + " | ".join(line) + " |" for line in lines)
