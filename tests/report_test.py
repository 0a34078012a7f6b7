"""Reports: what they say of runs is what numpy makes of the files of these runs."""

import csv
import json
import pathlib
import re
import shutil

import numpy as np
import pytest
from absl import flags

from experiments import (
  cells,
  definitions,
  outcomes,
  plan,
  published,
  report,
  result_figures,
  runs,
  sweep,
  tables,
)
from noisy_jax import data

ROOT = pathlib.Path(__file__).parent.parent
RESULTS = ROOT / "experiments" / "results"
PLACES = sorted(path.parent for path in RESULTS.glob("*/runs.jsonl"))
GRID = {
  "settings": {"widths": [8], "epochs": 3, "batch_size": 64},
  "datasets": ["digits4", "digits16"],
  "noise": ["clean", "symmetric 0.25"],
  "losses": {"CE": "ce", "MAE*": {"loss": "mae", "logit_bias": "auto"}},
  "seeds": 2,
}


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
  out_dir = tmp_path_factory.mktemp("runs")
  found = cells.read(GRID)
  with pytest.MonkeyPatch.context() as patch:
    sweep._dataset.cache_clear()
    patch.setattr(
      data, "load", lambda name, *_, **__: data.digits(int(name.detail), train_size=256)
    )
    sweep._write_plan(out_dir, "tiny.yaml", found)
    sweep.sweep(found, out_dir)
    sweep._dataset.cache_clear()
  return out_dir


def invented(dataset="digits10", noise="clean", loss="CE", seed=0, last=0.5, **config):
  """A run without a training."""
  settings = {"epochs": 2, "model": "mlp", "dataset": dataset, "noise": "symmetric"}
  settings |= {"noise_rate": 0.0, "chosen": {"loss": "ce", "logit_bias": 0.0}} | config
  wrong = None if noise == "clean" else 0.1
  summary = {
    "test_accuracy": last,
    "best_test_accuracy": last + 0.1,
    "best_epoch": 1,
    "memorised": wrong,
    "num_classes": 10,
    "labels_trusted": True,
    "realised_noise_rate": wrong or 0.0,
  }
  versions = {"devices": "1 x cpu", "jax": "1.2.3"}
  curve = [last + 0.1, last]
  return runs.Run(
    dataset, noise, loss, seed, settings, versions, summary, curve, [wrong] * 2
  )


def plan_of(found, failed=None):
  """The plan of a grid that has these runs and no others."""
  seeds = {}
  for run in found:
    seeds.setdefault((run.dataset, run.noise, run.loss), []).append(run.seed)
  planned = [plan.Planned("_".join(c), *c, tuple(of)) for c, of in seeds.items()]
  return plan.Plan("tiny.yaml", planned, failed or {})


def from_files(out_dir, slug, name):
  """The values of each epoch in the metrics of a cell's runs, [seeds, epochs]."""
  files = sorted((out_dir / slug).glob("seed*/metrics.jsonl"))
  return np.array(
    [[json.loads(line)[name] for line in f.read_text().splitlines()] for f in files]
  )


def test_means_and_deviations_are_those_of_the_files(swept, tmp_path):
  found = runs.read(swept)
  rows = outcomes.rows(found)
  assert len(rows) == 8
  for row in rows:
    slug = cells.Cell(row.dataset, row.noise, row.loss, None, ()).slug
    accuracy = from_files(swept, slug, "test_accuracy")
    assert accuracy.shape == (2, 3)
    last, best = accuracy[:, -1], accuracy.max(axis=1)
    np.testing.assert_allclose(row.last, last.mean())
    np.testing.assert_allclose(row.last_std, last.std(ddof=1))
    np.testing.assert_allclose(row.best, best.mean())
    np.testing.assert_allclose(row.best_std, best.std(ddof=1))
    np.testing.assert_allclose(row.best_epoch, accuracy.argmax(axis=1).mean() + 1)
    assert (row.seeds, row.epochs) == (2, 3)
    assert (row.num_classes, row.expression) == (
      int(row.dataset[6:]),
      {"CE": "ce", "MAE*": "mae"}[row.loss],
    )
    assert (row.logit_bias > 0) == (row.loss == "MAE*" and row.num_classes > 10)
    if row.noise == "clean":
      assert row.memorised is row.memorised_std is None
    else:
      memorised = from_files(swept, slug, "memorised")[:, -1]
      np.testing.assert_allclose(row.memorised, memorised.mean())
      np.testing.assert_allclose(row.memorised_std, memorised.std(ddof=1))
      assert row.realised_noise_rate == 0.25


def test_a_file_of_runs_says_what_their_directories_say(swept, tmp_path):
  found = runs.read(swept)
  runs.write(found, tmp_path / "runs.jsonl")
  assert runs.read(tmp_path / "runs.jsonl") == found
  accuracy = from_files(swept, "digits16_clean_mae-star", "test_accuracy")
  of_cell = [r for r in found if (r.dataset, r.noise, r.loss)[::2] == ("digits16", "MAE*")]
  curves = [run.test_accuracy for run in of_cell if run.noise == "clean"]
  np.testing.assert_allclose(curves, accuracy, atol=5e-5)


def test_the_order_is_that_of_the_grid(swept):
  found = [(row.dataset, row.noise, row.loss) for row in outcomes.rows(runs.read(swept))]
  assert found == [
    (dataset, noise, loss)
    for dataset in GRID["datasets"]
    for noise in GRID["noise"]
    for loss in GRID["losses"]
  ]


def test_reports_of_the_same_runs_are_the_same(swept, tmp_path):
  first = tmp_path / "a" / "tiny"
  report.report(runs.read(swept), plan.read(swept), first)
  again = runs.read(first / "runs.jsonl"), plan.read(first)
  report.report(*again, first)
  report.report(*again, tmp_path / "b" / "tiny")
  page = tmp_path / "b" / "tiny" / "README.md"
  page.write_text(page.read_text().replace(f"{tmp_path}/b", f"{tmp_path}/a"))
  names = {path.name for path in first.iterdir()}
  assert names == {
    "README.md",
    "classes.png",
    "grid.json",
    "memorised.png",
    "noise_rate.png",
    "results.csv",
    "runs.jsonl",
    "test_accuracy_digits4.png",
    "test_accuracy_digits16.png",
  }
  for name in names:
    assert (first / name).read_bytes() == (tmp_path / "b" / "tiny" / name).read_bytes()
  text = (first / "README.md").read_text()
  assert "    --widths=8 --epochs=3 --batch_size=64\n" in text
  for figure in re.findall(r"\((.*[.]png)\)", text):
    assert (first / figure).exists()


def test_csv_has_every_row(swept):
  rows = outcomes.rows(runs.read(swept))
  read = list(csv.DictReader(outcomes.to_csv(rows).splitlines()))
  assert [row["loss"] for row in read] == [row.loss for row in rows]
  for text, row in zip(read, rows, strict=True):
    np.testing.assert_allclose(float(text["last"]), row.last, rtol=1e-5)
    assert (text["memorised"] == "") == (row.memorised is None)


def test_markdown_has_means_deviations_and_numbers_of_seeds():
  found = [invented(seed=seed, last=last) for seed, last in enumerate((0.5, 0.6, 0.7))]
  found += [invented(noise="symmetric 0.4", seed=s, last=0.25) for s in range(2)]
  found += [invented(loss="MAE*", last=0.125)]
  assert tables.accuracies(outcomes.rows(found)) == (
    "Accuracy on clean test images in %, after the last epoch: mean ± standard deviation "
    "over 3 seeds of the training, with one draw of the noise; in round brackets, another "
    "number of seeds.\n"
    "\n"
    "| digits10 | clean | symmetric 0.4 |\n"
    "| --- | --- | --- |\n"
    "| CE | 60.0 ± 10.0 | 25.0 ± 0.0 (2) |\n"
    "| MAE* | 12.5 (1) | - |\n"
  )
  best = tables.accuracies(outcomes.rows(found), "best")
  assert "chosen by these images" in best
  assert "| CE | 70.0 ± 10.0 | 35.0 ± 0.0 (2) |" in best


def test_runs_older_than_a_setting_share_its_default():
  old = invented()
  for l1 in (0.0, 0.5):
    assert definitions.settings([invented(l1=l1), old]) == "--epochs=2"
  assert definitions.settings([invented(l1=0.5)] * 2) == "--epochs=2 --l1=0.5"


def test_a_report_tells_what_is_missing_and_what_failed(tmp_path):
  found = [invented(seed=0), invented(seed=1)]
  whole = plan_of(found)
  assert tables.coverage(found, whole) == "All 2 runs of the grid are finished.\n"
  nce = plan.Planned(
    "digits10_pairflip-0.4_nce-star", "digits10", "pairflip 0.4", "NCE*", (0,)
  )
  failed = {f"{nce.slug}/seed0": "logit_bias: no value helps"}
  planned = whole._replace(cells=[*whole.cells, nce], failed=failed)
  text = tables.coverage(found, planned)
  assert text.startswith("2 of the 3 runs of the grid are finished:\n")
  assert "| digits10, clean | 2 | 2 |\n| digits10, pairflip 0.4 | 0 | 1 |\n" in text
  assert "`digits10_pairflip-0.4_nce-star/seed0` failed: logit_bias: no value" in text
  report.report(found, planned, tmp_path / "tiny")
  assert text in (tmp_path / "tiny" / "README.md").read_text()
  assert plan.read(tmp_path / "tiny") == planned


def test_failures_in_the_directories_are_in_the_plan(tmp_path):
  planned = plan_of([invented(seed=0), invented(seed=1)])
  plan.write(planned, tmp_path)
  workdir = tmp_path / "digits10_clean_CE" / "seed1"
  workdir.mkdir(parents=True)
  (workdir / plan.FAILED).write_text('{"message": "the loss is nan"}')
  assert plan.read(tmp_path).failed == {"digits10_clean_CE/seed1": "the loss is nan"}
  (workdir / plan.FAILED).write_text("{")
  assert "is damaged" in plan.read(tmp_path).failed["digits10_clean_CE/seed1"]


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"more": 1}, "it must have grid, cells, failed"),
    ({"grid": 1}, "it must have the name and the cells of a grid"),
    ({"cells": {}}, "it must have the name and the cells of a grid"),
    ({"failed": {"a": 1}}, "failed must have messages"),
    ({"cells": [{"slug": "a"}]}, "each cell must have slug, dataset, noise, loss, seeds"),
  ],
)
def test_plans_that_are_none_are_damaged(changes, message, tmp_path):
  plan.write(plan_of([invented()]), tmp_path)
  path = tmp_path / "grid.json"
  path.write_text(json.dumps(json.loads(path.read_text()) | changes))
  with pytest.raises(OSError, match=rf"^runs: .*grid.json is damaged \({message}"):
    plan.read(tmp_path)


def test_figures_of_an_older_report_go_and_others_stay(tmp_path):
  place = tmp_path / "tiny"
  two = [invented(noise=noise) for noise in ("clean", "symmetric 0.4")]
  report.report(two, plan_of(two), place)
  assert (place / "test_accuracy_digits10.png").exists()
  (place / "mine.png").write_bytes(b"")
  report.report(two[:1], plan_of(two[:1]), place)
  figures = {path.name for path in place.glob("*.png")}
  assert figures == {"test_accuracy.png", "mine.png"}


def test_definitions_say_all_that_losses_differ_in():
  found = [
    invented(),
    invented(loss="ANL", chosen={"loss": "nce + 2*agce(q=3)", "logit_bias": 0.0}, l1=0.5),
    invented(loss="GCE, meta", chosen={"loss": "gce", "logit_bias": 1.0}, method="meta"),
  ]
  assert definitions.table(found) == (
    "| loss | expression | logit bias | method | settings of its own |\n"
    "| --- | --- | --- | --- | --- |\n"
    "| CE | `ce` | 0 | `none` |  |\n"
    "| ANL | `nce + 2*agce(a=0.6, q=3)` | 0 | `none` | `--l1=0.5` |\n"
    "| GCE, meta | `gce(q=0.7)` | 1 | `meta` |  |\n"
    "\n"
    "`meta` sees the right labels of 1,000 training examples, which others do not.\n"
  )
  assert definitions.settings(found) == "--epochs=2"


def test_an_extra_test_set_has_tables_of_its_own(tmp_path):
  run = invented()
  summary = {"test_top5": 0.75, "extra_test_accuracy": 0.25, "extra_test_top5": 0.375}
  found = [run._replace(summary=run.summary | summary)]
  (row,) = outcomes.rows(found)
  assert (row.top5, row.extra, row.extra_top5) == (0.75, 0.25, 0.375)
  text = report.page(found, plan_of(found), pathlib.Path("tiny"), [])
  for title, value in (
    ("Top-5 accuracy", "75.0"),
    ("Extra test set", "25.0"),
    ("Extra test set: top-5 accuracy", "37.5"),
  ):
    assert f"| CE | {value} |" in text.partition(f"## {title}\n")[2].partition("##")[0]
  assert "Top-5" not in report.page([run], plan_of([run]), pathlib.Path("tiny"), [])


def test_data_sets_with_as_many_classes_are_not_one_point():
  found = [
    run._replace(summary=run.summary | {"num_classes": k})
    for run, k in zip(map(invented, "abc"), (10, 20, 20), strict=True)
  ]
  assert "classes" in result_figures.draw(found[:2])
  assert "classes" not in result_figures.draw(found)


def judging(seed, **told):
  config = {"method": "marvel(window=2)"}
  run = invented(noise="symmetric 0.4", loss="MARVEL", seed=seed, **config)
  return run._replace(method=told)


def test_what_methods_told_stands_in_tables_and_figures(tmp_path):
  found = [
    invented(noise="symmetric 0.4"),
    judging(0, declared_recall=[None, 0.5], learned_q=[0.0, 2.0]),
    judging(1, declared_recall=[0.25, 0.75], learned_q=[0.0, 3.0]),
  ]
  report.report(found, plan_of(found), tmp_path / "tiny")
  runs_again = runs.read(tmp_path / "tiny" / "runs.jsonl")
  assert runs_again == found
  rows = outcomes.rows(runs_again)
  assert [row.method for row in rows] == ["none", "marvel(window=2)"]
  assert [row.declared_recall for row in rows] == [None, 0.625]
  np.testing.assert_allclose(rows[1].declared_recall_std, np.std([0.5, 0.75], ddof=1))
  assert rows[1].clean_auroc is None
  text = (tmp_path / "tiny" / "README.md").read_text()
  assert "| loss | expression | logit bias | method |\n| --- | --- | --- | --- |\n" in text
  assert "| MARVEL | `ce` | 0 | `marvel(window=2)` |\n" in text
  assert "## Declared wrong: recall\n" in text
  assert "## Declared wrong: precision" not in text
  assert "| MARVEL | 62.5 ± 17.7 |" in text
  assert (
    "| | digits10, symmetric 0.4 |\n| --- | --- |\n| MARVEL: q | 2.5 ± 0.71 |\n" in text
  )
  drawn = result_figures.draw(found)
  assert set(drawn) == {"test_accuracy", "memorised", "declared_recall", "learned_q"}
  (learned,) = drawn["learned_q"].axes[0].get_lines()
  np.testing.assert_array_equal(learned.get_ydata(), [0, 2.5])
  (recall,) = drawn["declared_recall"].axes[0].get_lines()
  np.testing.assert_array_equal(recall.get_ydata(), [np.nan, 62.5])


def test_what_a_method_told_is_read_from_the_runs(tmp_path):
  grid = GRID | {
    "datasets": ["digits4"],
    "noise": ["symmetric 0.25"],
    "losses": {
      "ELR": {"loss": "ce", "method": "elr"},
      "meta": {"loss": "gce", "method": "meta(size=20)"},
    },
    "seeds": 1,
  }
  found = cells.read(grid)
  sweep._write_plan(tmp_path, "tiny.yaml", found)
  sweep.sweep(found, tmp_path)
  by_loss = {run.loss: run.method for run in runs.read(tmp_path)}
  assert {loss: set(told) for loss, told in by_loss.items()} == {
    "ELR": {"clean_auroc"},
    "meta": {"learned_gce.q"},
  }
  for slug, name, values in (
    ("elr", "clean_auroc", by_loss["ELR"]["clean_auroc"]),
    ("meta", "learned", by_loss["meta"]["learned_gce.q"]),
  ):
    (noted,) = from_files(tmp_path, f"digits4_symmetric-0.25_{slug}", name)
    noted = [row["gce.q"] if isinstance(row, dict) else row for row in noted]
    np.testing.assert_allclose(values, noted, atol=5e-5)


def test_data_sets_are_columns_where_there_is_one_noise():
  found = [invented(name, last=last) for name, last in (("a", 0.5), ("b", 0.25))]
  text = tables.accuracies(outcomes.rows(found))
  assert "| no noise added | a | b |\n| --- | --- | --- |\n| CE | 50.0 | 25.0 |\n" in text
  assert "±" not in text


def test_published_numbers_stand_beside_runs_of_their_protocol_alone():
  protocol = {"dataset": "cifar100", "model": "resnet34", "epochs": 200}
  names = {"noise": "symmetric 0.8", "loss": "GCE"}
  (row,) = outcomes.rows([invented(**names, **protocol)])
  assert row.published_last == "18.23"
  assert row.published_best is None
  text = tables.accuracies([row])
  assert "| GCE | 50.0 [18.23] |" in text
  assert "in square brackets, Wang et al., NeurIPS 2024" in text
  assert "[" not in tables.accuracies([row], "best")
  for change in (
    {"model": "resnet18"},
    {"epochs": 100},
    {"loss": "GCE*"},
    {"method": "sr"},
    {"chosen": {"loss": "gce", "logit_bias": 1.0}},
  ):
    (row,) = outcomes.rows([invented(**(names | protocol | change))])
    assert row.published_last is row.source is None


def test_published_tables_are_whole():
  for table in published.TABLES:
    for loss in table.rows:
      for noise in table.noise:
        where = table.of, table.dataset, table.model, table.epochs, noise, loss
        found = published.find(*where)
        if found is not None:
          value, source = found
          assert re.fullmatch(r"\d+\.\d\d( ± \d\.\d\d)?", value), (where, value)
          assert source == table.source
      assert len(table.rows[loss].split()) == len(table.noise)
  assert published.find("best", "cifar10", "resnet34", 100, "human:worse", "GCE") == (
    "80.66",
    "Wang et al., NeurIPS 2024 (epsilon-softmax): best epoch",
  )


def test_figures_show_the_means_and_deviations(swept):
  drawn = result_figures.draw(runs.read(swept))
  accuracy = from_files(swept, "digits4_symmetric-0.25_ce", "test_accuracy")
  (axes,) = [
    axes
    for axes in drawn["test_accuracy_digits4"].axes
    if axes.get_title("left") == "digits4, symmetric 0.25"
  ]
  (line,) = [line for line in axes.get_lines() if line.get_label() == "CE"]
  np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
  np.testing.assert_allclose(line.get_ydata(), 100 * accuracy.mean(axis=0), atol=0.01)
  band = axes.collections[0].get_paths()[0].vertices
  std = 100 * accuracy.std(axis=0, ddof=1)
  np.testing.assert_allclose(np.ptp(band[band[:, 0] == 3, 1]), 2 * std[-1], atol=0.02)

  (axes,) = [a for a in drawn["noise_rate"].axes if a.get_title("left")[:8] == "digits16"]
  (line,) = [line for line in axes.get_lines() if line.get_label() == "MAE*"]
  np.testing.assert_array_equal(line.get_xdata(), [0, 0.25])
  clean = from_files(swept, "digits16_clean_mae-star", "test_accuracy")[:, -1].mean()
  np.testing.assert_allclose(line.get_ydata()[0], 100 * clean)
  assert [axes.get_title("left") for axes in drawn["classes"].axes] == GRID["noise"]
  np.testing.assert_array_equal(
    drawn["classes"].axes[0].get_lines()[0].get_xdata(), [4, 16]
  )


def test_many_losses_are_told_apart():
  names = [*map("L{}".format, range(18)), "CE", "L3*", "L4*"]
  found = [
    invented(loss=name, noise=f"symmetric {rate}", noise_rate=rate)
    for name in names
    for rate in (0.2, 0.4)
  ]
  (axes,) = result_figures.draw(found)["noise_rate"].axes
  lines = {line.get_label(): line for line in axes.get_lines()}
  assert list(lines) == names
  looks = {(x.get_color(), x.get_marker(), x.get_linestyle()) for x in lines.values()}
  assert len(looks) == len(names)
  assert lines["L3"].get_color() == lines["L3*"].get_color()
  assert (lines["L3"].get_linestyle(), lines["L3*"].get_linestyle()) == ("--", "-")


def readme(block, marker="report:tiny"):
  return f"# Title\n\n<!-- {marker} -->\n{block}<!-- /report -->\n\nThe end.\n"


@pytest.fixture
def results(tmp_path):
  place = tmp_path / "results" / "tiny"
  place.mkdir(parents=True)
  found = [invented(noise=n, last=0.5) for n in ("clean", "symmetric 0.4")]
  found += [invented("digits20", noise=n, last=0.25) for n in ("clean", "symmetric 0.4")]
  runs.write(found, place / "runs.jsonl")
  plan.write(plan_of(found), place)
  return place.parent


def test_tables_between_markers_are_filled_and_changes_are_seen(results):
  filled = tables.fill(readme("old\n"), results)
  found = outcomes.rows(runs.read(results / "tiny" / "runs.jsonl"))
  assert filled == readme(tables.accuracies(found))
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


def test_the_tables_of_the_readme_are_up_to_date():
  text = (ROOT / "README.md").read_text()
  assert tables.fill(text, RESULTS) == text


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_committed_reports_are_up_to_date(place):
  found = runs.read(place / "runs.jsonl")
  drawn = result_figures.draw(found)
  assert (place / "README.md").read_text() == report.page(
    found, plan.read(place), place.relative_to(ROOT), list(drawn)
  )
  assert (place / "results.csv").read_text() == outcomes.to_csv(outcomes.rows(found))
  assert {path.stem for path in place.glob("*.png")} == set(drawn)


def run(*arguments):
  """Runs main with these flags; returns its message if it exits with one."""
  flags.FLAGS.unparse_flags()
  for name in ("runs", "out_dir", "readme"):
    flags.FLAGS[name].unparse()
  try:
    report.main(flags.FLAGS(["report", *arguments]))
  except SystemExit as error:
    return error.code
  return None


def test_the_command_reports_and_renews_a_page(results, tmp_path, monkeypatch):
  monkeypatch.setattr(report, "_RESULTS", results)
  path = tmp_path / "page.md"
  path.write_text(readme(""))
  source = results / "tiny" / "runs.jsonl"
  assert run(f"--runs={source}", f"--out_dir={tmp_path}/out", f"--readme={path}") is None
  assert path.read_text() == tables.fill(readme(""), results)
  assert (tmp_path / "out" / "runs.jsonl").read_bytes() == source.read_bytes()


def test_a_page_names_the_places_that_there_are(swept, tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  assert run(f"--runs={swept}", "--out_dir=mine") is None
  text = pathlib.Path("mine/README.md").read_text()
  assert text.startswith("# mine\n")
  assert "report --runs=mine/runs.jsonl --out_dir=mine\n" in text
  assert f"sweep --grid=tiny.yaml --out_dir={swept}\n" in text
  assert run("--runs=mine/runs.jsonl", "--out_dir=mine") is None


@pytest.mark.parametrize(
  "arguments, message",
  [
    ([], "error: --runs and --out_dir must be given, or --readme"),
    (["--out_dir=y"], "error: --runs and --out_dir must be given, or --readme"),
    (["--runs=x", "--out_dir=y"], "error: runs: x cannot be read (No such file"),
    (["--runs=good", "--out_dir=."], "error: out_dir: README.md was not made by a report"),
    (["--runs=empty", "--out_dir=y"], "error: runs: empty has no grid.json, must be the"),
    (["--runs=file", "--out_dir=y"], "error: runs: file has no finished run"),
    (["--runs=torn", "--out_dir=y"], "error: runs: torn is damaged ("),
    (["--readme=x"], "error: readme: x cannot be read ([Errno 2] No such file"),
    (["x"], "error: unexpected argument 'x'"),
  ],
)
def test_bad_input_gets_one_line(arguments, message, tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  (tmp_path / "empty").mkdir()
  runs.write([invented()], tmp_path / "good")
  plan.write(plan_of([invented()]), tmp_path)
  (tmp_path / "README.md").write_text("# Mine\n")
  (tmp_path / "file").write_text("")
  (tmp_path / "torn").write_text('{"dataset": "dig')
  code = run(*arguments)
  assert code.startswith(message)
  assert "\n" not in code
  assert not (tmp_path / "y").exists()
  assert (tmp_path / "README.md").read_text() == "# Mine\n"


def damaged(tmp_path, **changes):
  row = invented(noise="symmetric 0.4")._asdict() | {"method": {}}
  for name, value in changes.items():
    row[name] = dict(row[name]) | value if isinstance(value, dict) else value
  (tmp_path / "runs.jsonl").write_text(json.dumps(row) + "\n")
  return runs.read(tmp_path / "runs.jsonl")


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"more": 1}, "a run must have dataset, noise"),
    ({"summary": [1]}, "config, versions and summary must be objects"),
    ({"versions": {"jax": 1}}, "versions must be texts"),
    ({"config": {"epochs": "x"}}, "config: epochs: 'x', must be an integer from 1 up"),
    ({"config": {"other": 1}}, "config: .*'other'"),
    ({"config": {"chosen": None}}, "config: chosen must have loss and logit_bias"),
    ({"config": {"epochs": 3}}, "it must have 3 epochs"),
    ({"test_accuracy": [], "memorised": []}, "it must have 2 epochs"),
    ({"test_accuracy": [0.6, 1.5]}, r"test_accuracy must be in \[0, 1\]"),
    ({"memorised": [None, 0.1]}, r"memorised must be in \[0, 1\], or null throughout"),
    ({"method": {"x": [0, 0]}}, "method: unknown 'x'"),
    ({"method": {"clean_auroc": [1, 2]}}, "method: clean_auroc must have 2 numbers"),
    ({"method": {"learned_q": [1]}}, "method: learned_q must have 2 numbers"),
    ({"method": {"learned_q": 1}}, "method must have lists by name"),
    ({"summary": {"test_accuracy": 0.4}}, "summary must have the last and the best"),
    ({"summary": {"best_epoch": 2}}, "summary must have the last and the best"),
    ({"summary": {"num_classes": 0}}, "summary: num_classes must be a count"),
  ],
)
def test_runs_that_do_not_fit_themselves_are_damaged(changes, message, tmp_path):
  assert damaged(tmp_path)
  with pytest.raises(OSError, match=rf"^runs: .*runs\.jsonl is damaged \({message}"):
    damaged(tmp_path, **changes)


def test_a_report_on_labels_as_given_claims_no_clean_ones(tmp_path):
  told = {"declared_precision": [None, None], "declared_recall": [None, None]}
  found = []
  for noise in ("clean", "symmetric 0.1"):
    for loss in ("CE", "MARVEL"):
      run = invented("folder:photos", noise, loss)
      rate = run.summary["realised_noise_rate"] or None
      summary = {**run.summary, "labels_trusted": False, "realised_noise_rate": rate}
      found.append(run._replace(summary=summary, method=told))
  report.report(found, plan_of(found), tmp_path)
  page = (tmp_path / "README.md").read_text()
  assert "Accuracy on test images in %" in page
  assert "labels of folder:photos are as given: how many are wrong is not known" in page
  assert "| folder:photos | as given | symmetric 0.1 |" in page
  assert "clean" not in page + (tmp_path / "results.csv").read_text().partition("\n")[2]
  assert "Declared wrong" not in page
  assert {path.stem for path in tmp_path.glob("*.png")} == {
    "test_accuracy_folder-photos",
    "memorised",
  }
  assert runs.read(tmp_path / "runs.jsonl") == found


def test_runs_on_changed_data_are_not_compared(swept, tmp_path):
  out_dir = shutil.copytree(swept, tmp_path / "runs")
  file = sorted(out_dir.glob("*/seed1/dataset.json"))[0]
  facts = json.loads(file.read_text())
  facts["content"]["test labels"] = "other"
  file.write_text(json.dumps(facts))
  with pytest.raises(OSError, match=r"seed. has other test images or labels than .*seed"):
    runs.read(out_dir)


def test_a_run_counts_once(tmp_path):
  runs.write([invented(), invented()], tmp_path / "runs.jsonl")
  with pytest.raises(OSError, match="has a run twice"):
    runs.read(tmp_path / "runs.jsonl")
