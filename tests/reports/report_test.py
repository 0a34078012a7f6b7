import io
import json
import pathlib
import re

import msgspec
import numpy as np
import pandas as pd
import pytest

from noisy_jax import data
from noisy_jax.cli import report
from noisy_jax.reports import outcomes, result_figures, results_page, tables
from noisy_jax.sweeps import cells, finished_runs, plan, sweeper
from tests import commands
from tests.invented_runs import invented, plan_of

ROOT = pathlib.Path(__file__).parents[2]
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
    sweeper._dataset.cache_clear()
    patch.setattr(
      data, "load", lambda name, *_, **__: data.digits(int(name.detail), train_size=256)
    )
    sweeper.write_plan(out_dir, "tiny.yaml", found)
    sweeper.sweep(found, out_dir)
    sweeper._dataset.cache_clear()
  return out_dir


def from_files(out_dir, slug, name):
  """The values of each epoch in the metrics of a cell's runs, [seeds, epochs]."""
  files = sorted((out_dir / slug).glob("seed*/metrics.jsonl"))
  rows = [f.read_text().splitlines() for f in files]
  return np.array([[json.loads(line)[name] for line in lines] for lines in rows])


def test_means_and_deviations_are_those_of_the_files(swept):
  found = finished_runs.read(swept)
  curves = [run.test_accuracy for run in found[-2:]]
  of_last_cell = from_files(swept, "digits16_symmetric-0.25_mae-star", "test_accuracy")
  np.testing.assert_allclose(curves, of_last_cell, atol=5e-5)
  rows = outcomes.table(found, plan.read(swept))
  assert list(zip(*rows[["dataset", "noise", "loss"]].to_numpy().T, strict=True)) == [
    (dataset, noise, loss)
    for dataset in GRID["datasets"]
    for noise in GRID["noise"]
    for loss in GRID["losses"]
  ]
  for row in rows.itertuples():
    slug = cells.Cell(row.dataset, row.noise, row.loss, None, ()).slug
    accuracy = from_files(swept, slug, "test_accuracy")
    assert accuracy.shape == (2, 3)
    last, best = accuracy[:, -1], accuracy.max(axis=1)
    np.testing.assert_allclose([row.last, row.last_std], [last.mean(), last.std(ddof=1)])
    np.testing.assert_allclose([row.best, row.best_std], [best.mean(), best.std(ddof=1)])
    np.testing.assert_allclose(row.best_epoch, accuracy.argmax(axis=1).mean() + 1)
    assert (row.seeds, row.epochs, row.num_classes) == (2, 3, int(row.dataset[6:]))
    assert row.expression == {"CE": "ce", "MAE*": "mae"}[row.loss]
    assert (row.logit_bias > 0) == (row.loss == "MAE*" and row.num_classes > 10)
    if row.noise == "clean":
      assert np.isnan([row.memorised, row.memorised_std]).all()
    else:
      memorised = from_files(swept, slug, "memorised")[:, -1]
      np.testing.assert_allclose(row.memorised, memorised.mean())
      np.testing.assert_allclose(row.memorised_std, memorised.std(ddof=1))
      assert row.realised_noise_rate == 0.25
  read = pd.read_csv(io.StringIO(outcomes.to_csv(rows)))
  assert list(read.columns) == list(rows.columns)
  np.testing.assert_allclose(read[["last", "memorised"]], rows[["last", "memorised"]], 1e-5)


def test_reports_of_the_same_runs_are_the_same(swept, tmp_path):
  first = tmp_path / "a" / "tiny"
  results_page.write(finished_runs.read(swept), plan.read(swept), first)
  again = finished_runs.read(first / "runs.jsonl"), plan.read(first)
  results_page.write(*again, first)
  results_page.write(*again, tmp_path / "b" / "tiny")
  page = tmp_path / "b" / "tiny" / "README.md"
  page.write_text(page.read_text().replace(f"{tmp_path}/b", f"{tmp_path}/a"))
  names = {path.name for path in first.iterdir()}
  figures = ["classes", "memorised", "noise_rate"]
  figures += [f"test_accuracy_{name}" for name in GRID["datasets"]]
  others = {"README.md", "grid.json", "results.csv", "runs.jsonl"}
  assert names == others | {f"{figure}.png" for figure in figures}
  for name in names:
    assert (first / name).read_bytes() == (tmp_path / "b" / "tiny" / name).read_bytes()
  text = (first / "README.md").read_text()
  assert "    --widths=8 --epochs=3 --batch_size=64\n" in text
  for figure in re.findall(r"\((.*[.]png)\)", text):
    assert (first / figure).exists()


def test_figures_of_an_older_report_go_and_others_stay(tmp_path):
  place = tmp_path / "tiny"
  two = [invented(noise=noise) for noise in ("clean", "symmetric 0.4")]
  results_page.write(two, plan_of(two), place)
  assert (place / "test_accuracy_digits10.png").exists()
  (place / "mine.png").write_bytes(b"")
  results_page.write(two[:1], plan_of(two[:1]), place)
  figures = {path.name for path in place.glob("*.png")}
  assert figures == {"test_accuracy.png", "mine.png"}
  assert plan.read(place) == plan_of(two[:1])


def test_a_table_that_no_report_wrote_stays(tmp_path):
  two = [invented(), invented(noise="symmetric 0.4")]
  results_page.write(two, plan_of(two), tmp_path)
  (tmp_path / "README.md").unlink()
  results_page.write(two, plan_of(two), tmp_path)
  (tmp_path / "README.md").unlink()
  (tmp_path / "results.csv").write_text("mine,2\n")
  with pytest.raises(OSError, match=r"results.csv was not made by a report, must not be"):
    results_page.write(two, plan_of(two), tmp_path)
  assert (tmp_path / "results.csv").read_text() == "mine,2\n"


def test_an_extra_test_set_has_tables_of_its_own(tmp_path):
  run = invented()
  summary = {"test_top5": 0.75, "extra_test_accuracy": 0.25, "extra_test_top5": 0.375}
  found = [msgspec.structs.replace(run, summary=run.summary | summary)]
  text = results_page.text(found, plan_of(found), pathlib.Path("tiny"), [])
  for title, value in (
    ("Top-5 accuracy", "75.0"),
    ("Extra test set", "25.0"),
    ("Extra test set: top-5 accuracy", "37.5"),
  ):
    assert f"| CE | {value} |" in text.partition(f"## {title}\n")[2].partition("##")[0]
  assert "Top-5" not in results_page.text([run], plan_of([run]), pathlib.Path("tiny"), [])


def judging(seed, **told):
  config = {"method": "marvel(window=2)"}
  run = invented(noise="symmetric 0.4", loss="MARVEL", seed=seed, **config)
  return msgspec.structs.replace(run, method=told)


def test_what_methods_told_stands_in_tables_and_figures(tmp_path):
  found = [
    invented(noise="symmetric 0.4"),
    judging(0, declared_recall=[None, 0.5], learned_q=[0.0, 2.0]),
    judging(1, declared_recall=[0.25, 0.75], learned_q=[0.0, 3.0]),
  ]
  results_page.write(found, plan_of(found), tmp_path / "tiny")
  runs_again = finished_runs.read(tmp_path / "tiny" / "runs.jsonl")
  assert runs_again == found
  text = (tmp_path / "tiny" / "README.md").read_text()
  assert "| loss | expression | logit bias | method |\n| --- | --- | --- | --- |\n" in text
  assert "| MARVEL | `ce` | 0 | `marvel(window=2)` |\n" in text
  assert "## Declared wrong: recall\n" in text
  assert "## Declared wrong: precision" not in text
  assert "| MARVEL | 62.5 ± 17.7 |" in text
  assert "| hyperparameter | digits10, symmetric 0.4 |\n| --- | --- |\n" in text
  assert "| MARVEL: q | 2.5 ± 0.71 |\n" in text
  drawn = result_figures.draw(found)
  assert set(drawn) == {"test_accuracy", "memorised", "declared_recall", "learned_q"}
  (learned,) = drawn["learned_q"].axes[0].get_lines()
  np.testing.assert_array_equal(learned.get_ydata(), [0, 2.5])
  (recall,) = drawn["declared_recall"].axes[0].get_lines()
  np.testing.assert_array_equal(recall.get_ydata(), [np.nan, 62.5])


def test_figures_show_the_means_and_deviations(swept):
  drawn = result_figures.draw(finished_runs.read(swept))
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
  assert drawn["classes"].axes[0].get_lines()[0].get_xdata().tolist() == [4, 16]


def test_a_report_on_labels_as_given_claims_no_clean_ones(tmp_path):
  told = {"declared_precision": [None, None], "declared_recall": [None, None]}
  found = []
  for noise in ("clean", "symmetric 0.1"):
    for loss in ("CE", "MARVEL"):
      run = invented("folder:photos", noise, loss)
      rate = run.summary["realised_noise_rate"] or None
      summary = {**run.summary, "labels_trusted": False, "realised_noise_rate": rate}
      found.append(msgspec.structs.replace(run, summary=summary, method=told))
  results_page.write(found, plan_of(found), tmp_path)
  page = (tmp_path / "README.md").read_text()
  assert "Accuracy on test images in %" in page
  assert "labels of folder:photos are as given: how many are wrong is not known" in page
  assert "| folder:photos | as given | symmetric 0.1 |" in page
  assert "clean" not in page + (tmp_path / "results.csv").read_text().partition("\n")[2]
  assert "Declared wrong" not in page
  figures = {path.stem for path in tmp_path.glob("*.png")}
  assert figures == {"test_accuracy_folder-photos", "memorised"}
  assert finished_runs.read(tmp_path / "runs.jsonl") == found


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_committed_reports_are_up_to_date(place):
  found = finished_runs.read(place / "runs.jsonl")
  planned, drawn = plan.read(place), result_figures.draw(found)
  assert (place / "README.md").read_text() == results_page.text(
    found, planned, place.relative_to(ROOT), list(drawn)
  )
  table = outcomes.to_csv(outcomes.table(found, planned))
  assert (place / "results.csv").read_text() == table
  # experiments.paper.bias_limit draws its figure beside a report.
  assert {path.stem for path in place.glob("*.png")} - {"bias_limit"} == set(drawn)


run = commands.runner(report, ("runs", "out_dir", "readme"))


def test_the_command_reports_and_renews_a_page(tmp_path, monkeypatch):
  place, page = tmp_path / "results" / "tiny", tmp_path / "page.md"
  found = [invented(noise=noise) for noise in ("clean", "symmetric 0.4")]
  results_page.write(found, plan_of(found), place)
  text = "# Title\n<!-- report:tiny -->\nold\n<!-- /report -->\n"
  page.write_text(text)
  monkeypatch.setattr(finished_runs, "RESULTS", place.parent)
  source = place / "runs.jsonl"
  assert run(f"--runs={source}", f"--out_dir={tmp_path}/out", f"--readme={page}") is None
  assert page.read_text() == tables.fill(text, place.parent) != text
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
  finished_runs.write([invented()], tmp_path / "good")
  plan.write(plan_of([invented()]), tmp_path)
  (tmp_path / "README.md").write_text("# Mine\n")
  (tmp_path / "file").write_text("")
  (tmp_path / "torn").write_text('{"dataset": "dig')
  code = run(*arguments)
  assert code.startswith(message)
  assert "\n" not in code
  assert not (tmp_path / "y").exists()
  assert (tmp_path / "README.md").read_text() == "# Mine\n"


def test_pages_are_renewed_in_a_checkout_alone(tmp_path, monkeypatch):
  monkeypatch.setattr(finished_runs, "RESULTS", tmp_path / "experiments" / "results")
  (tmp_path / "page.md").write_text("# Title\n")
  code = run(f"--readme={tmp_path / 'page.md'}")
  assert code.startswith(f"error: readme: {tmp_path / 'page.md'}, must be left out of an ")
