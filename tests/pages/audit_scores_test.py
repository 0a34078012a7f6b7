from experiments.benchmarks import label_scores
from experiments.pages import audit_scores

ROW = {
  "dataset": "digits100",
  "noise": "symmetric 0.2",
  "training": "MARVEL",
  "score": "method",
  "auroc": "0.98765",
  "precision_at_n": "0.5",
  "precision_at_1_percent": "1",
  "flagged": "2000",
  "flagged_wrong": "1500",
  "seconds": "99",
  "cpu_seconds": "61.4",
  "num_wrong": "8000",
  "num_examples": "40000",
  "test_accuracy": "0.75",
}


def test_the_page_is_made_from_the_committed_rows():
  # After new rows: python -m experiments.pages.audit_scores.
  expected = audit_scores.page(label_scores.read(audit_scores.ROWS))
  assert audit_scores.PATH.read_text() == expected


def test_a_row_is_in_each_table_and_rows_follow_the_plan():
  folded = {"training": "CE, folds", "score": "margin", "test_accuracy": "", "flagged": ""}
  page = audit_scores.page([ROW | folded | {"noise": "symmetric 0.4"}, ROW])
  cells = ["98.77", "50.0", "100.0", "2,000: 75.0% / 18.8%", "61", "75.0"]
  lines = [line for line in page.splitlines() if line.startswith("| MARVEL: its score |")]
  assert lines == [f"| MARVEL: its score |  | {cell} |" for cell in cells]
  assert page.count("| CE, folds: margin |") == 4
  assert page.index("| MARVEL: its score |") < page.index("| CE, folds: margin |")
  assert "| digits100, symmetric 0.2 | 8,000 of 40,000 | `--widths=512,512" in page
