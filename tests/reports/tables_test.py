import re

import msgspec
import numpy as np
import pytest

from noisy_jax.reports import legend, outcomes, published_accuracies, tables
from noisy_jax.sweeps import finished_runs, plan
from tests.invented_runs import invented, plan_of


def table(found, planned=None):
  return outcomes.table(found, planned or plan_of(found))


def test_markdown_has_means_deviations_and_numbers_of_seeds():
  found = [invented(seed=seed, last=last) for seed, last in enumerate((0.5, 0.6, 0.7))]
  found += [invented(noise="symmetric 0.4", seed=s, last=0.25) for s in range(2)]
  found += [invented(loss="MAE*", last=0.125)]
  assert tables.accuracies(table(found)) == (
    "Accuracy on clean test images in %, after the last epoch: mean ± standard deviation "
    "over 3 seeds of the training, with one draw of the noise; in round brackets, another "
    "number of seeds.\n"
    "\n"
    "| digits10 | clean | symmetric 0.4 |\n"
    "| --- | --- | --- |\n"
    "| CE | 60.0 ± 10.0 | 25.0 ± 0.0 (2) |\n"
    "| MAE* | 12.5 (1) | - |\n"
  )
  best = tables.accuracies(table(found), "best")
  assert "after the best epoch of each training on test: mean" in best
  assert "| CE | 70.0 ± 10.0 | 35.0 ± 0.0 (2) |" in best


def test_an_unfinished_grid_has_its_order():
  kinds = [(noise, loss) for noise in ("clean", "pairflip 0.4") for loss in ("MAE", "CE")]
  whole = [invented(d, *kind) for d in ("digits20", "digits10") for kind in kinds]
  # The runs begin with CE, and digits20 has noise alone.
  found = whole[3:-1]
  rows = table(found, plan_of(whole))
  assert tables.accuracies(rows).partition("\n\n")[2] == (
    "| digits20 | pairflip 0.4 |\n| --- | --- |\n| CE | 50.0 |\n\n\n"
    "| digits10 | clean | pairflip 0.4 |\n| --- | --- | --- |\n"
    "| MAE | 50.0 | 50.0 |\n| CE | 50.0 | - |\n"
  )
  assert re.findall(r"(?m)^\| (\w+)", legend.table(found, rows)) == ["loss", "MAE", "CE"]


def test_data_sets_are_columns_and_what_lacks_in_one_run_has_no_mean():
  found = [invented(name, last=last) for name, last in (("a", 0.5), ("b", 0.25))]
  text = tables.accuracies(table(found))
  assert "| no noise added | a | b |\n| --- | --- | --- |\n| CE | 50.0 | 25.0 |\n" in text
  assert "±" not in text
  found = [invented(noise="symmetric 0.4", seed=seed) for seed in (0, 1)]
  summary = found[0].summary | {"extra_test_accuracy": 0.25}
  found[0] = msgspec.structs.replace(found[0], summary=summary)
  (row,) = table(found).itertuples()
  assert np.isnan([row.extra, row.extra_std]).all()
  assert (row.memorised, row.memorised_std) == (pytest.approx(0.1), pytest.approx(0))


def test_what_is_missing_and_what_failed_is_told():
  found = [invented(seed=0), invented(seed=1)]
  whole = plan_of(found)
  assert tables.coverage(found, whole) == "All 2 runs of the grid are finished.\n"
  missing = plan_of([invented(noise="pairflip 0.4", loss="NCE*")])
  failed = {"digits10_pairflip-0.4_nce-star/seed0": "logit_bias: no value helps"}
  planned = plan.Plan("tiny.yaml", [*whole.cells, *missing.cells], failed)
  assert tables.coverage(found, planned) == (
    "2 of the 3 runs of the grid are finished:\n\n"
    "| runs | finished | of |\n| --- | --- | --- |\n"
    "| digits10, clean | 2 | 2 |\n| digits10, pairflip 0.4 | 0 | 1 |\n\n"
    "`digits10_pairflip-0.4_nce-star/seed0` failed: logit_bias: no value helps\n"
  )


def test_definitions_say_all_that_losses_differ_in():
  found = [
    invented(),
    invented(loss="ANL", chosen={"loss": "nce + 2*agce(q=3)", "logit_bias": 0.0}, l1=0.5),
    invented(loss="GCE, meta", chosen={"loss": "gce", "logit_bias": 1.0}, method="meta"),
  ]
  assert legend.table(found, table(found)) == (
    "| loss | expression | logit bias | method | settings of its own |\n"
    "| --- | --- | --- | --- | --- |\n"
    "| CE | `ce` | 0 | `none` |  |\n"
    "| ANL | `nce + 2*agce(a=0.6, q=3)` | 0 | `none` | `--l1=0.5` |\n"
    "| GCE, meta | `gce(q=0.7)` | 1 | `meta` |  |\n"
    "\n"
    "`meta` sees the right labels of 1,000 training examples, which others do not.\n"
  )
  assert legend.settings(found) == "--epochs=2"
  assert legend.settings([invented(widths=[4, 4])] * 2) == "--widths=4,4 --epochs=2"


def test_a_loss_has_a_bias_for_each_number_of_classes():
  found = []
  for count, bias in ((10, 0.0), (2000, 2.5)):
    run = invented(f"digits{count}", chosen={"loss": "mae", "logit_bias": bias})
    summary = run.summary | {"num_classes": count}
    found.append(msgspec.structs.replace(run, summary=summary))
  text = legend.table(found, table(found))
  assert "| CE | `mae(scale=2)` | 0, 2.5 at 10, 2,000 classes |\n" in text


def test_published_numbers_stand_beside_runs_of_their_protocol_alone():
  protocol = {"dataset": "cifar100", "model": "resnet34", "epochs": 200}
  names = {"noise": "symmetric 0.8", "loss": "GCE"}
  rows = table([invented(**names, **protocol)])
  assert rows.published_last.tolist() == ["18.23"]
  assert rows.published_best.isna().all()
  text = tables.accuracies(rows)
  assert "| GCE | 50.0 [18.23] |" in text
  assert "in square brackets, Wang et al., NeurIPS 2024" in text
  assert "[" not in tables.accuracies(rows, "best")
  for change in (
    {"model": "resnet18"},
    {"epochs": 100},
    {"loss": "GCE*"},
    {"method": "sr"},
    {"chosen": {"loss": "gce", "logit_bias": 1.0}},
  ):
    rows = table([invented(**(names | protocol | change))])
    assert rows[["published_last", "source"]].isna().all(axis=None)


def test_published_tables_are_whole():
  for of_paper in published_accuracies.TABLES:
    protocol = of_paper.of, of_paper.dataset, of_paper.model, of_paper.epochs
    for loss, *numbers in map(str.split, of_paper.rows.strip().split("\n")):
      assert len(numbers) == len(of_paper.noise)
      for noise in of_paper.noise:
        if found := published_accuracies.find(*protocol, noise, loss):
          assert re.fullmatch(r"\d+\.\d\d( ± \d\.\d\d)?", found[0]), (noise, loss)
          assert found[1] == of_paper.source
  assert published_accuracies.find(
    "best", "cifar10", "resnet34", 100, "human:worse", "GCE"
  ) == ("80.66", "Wang et al., NeurIPS 2024 (epsilon-softmax): best epoch")


def readme(block, marker="report:tiny"):
  return f"# Title\n\n<!-- {marker} -->\n{block}<!-- /report -->\n\nThe end.\n"


@pytest.fixture
def results(tmp_path):
  place = tmp_path / "results" / "tiny"
  place.mkdir(parents=True)
  found = [invented(noise=n, last=0.5) for n in ("clean", "symmetric 0.4")]
  found += [invented("digits20", noise=n, last=0.25) for n in ("clean", "symmetric 0.4")]
  finished_runs.write(found, place / "runs.jsonl")
  plan.write(plan_of(found), place)
  return place.parent


def test_tables_between_markers_are_filled_and_changes_are_seen(results):
  filled = tables.fill(readme("old\n"), results)
  found = finished_runs.read(results / "tiny" / "runs.jsonl")
  assert filled == readme(tables.accuracies(table(found)))
  assert tables.fill(filled, results) == filled
  changed = filled.replace("50.0", "50.1", 1)
  assert changed != filled
  assert tables.fill(changed, results) == filled
  one = tables.fill(readme("", "report:tiny/digits20"), results)
  assert "| digits20 | clean | symmetric 0.4 |\n" in one
  assert "digits10" not in one
  two = readme("") + readme("", "report:tiny/digits20")
  assert tables.fill(two, results) == filled + one


@pytest.mark.parametrize(
  "text, error, message",
  [
    (readme("", "report:none"), OSError, "none/runs.jsonl cannot be read .No such file"),
    (readme("", "report:tiny/x"), ValueError, "report:tiny/x, must name a data set of t"),
    ("<!-- report:tiny -->\n", ValueError, "must have its <!-- /report -->"),
    ("<!-- /report -->\n", ValueError, "must have its <!-- /report -->"),
    (readme("<!-- report:tiny -->\n"), ValueError, "must have its <!-- /report -->"),
  ],
)
def test_markers_that_cannot_be_filled_are_errors(text, error, message, results):
  with pytest.raises(error, match=message):
    tables.fill(text, results)
