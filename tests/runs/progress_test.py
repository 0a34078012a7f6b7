import itertools
import re
import sys

from noisy_jax.runs import progress
from tests.small_setups import an_epoch


def test_a_terminal_gets_a_bar_and_a_file_gets_lines(monkeypatch, capsys):
  seen = dict(loss=1.25, train_accuracy=0.5, test_accuracy=0.75, images_per_second=1000.0)
  results = [an_epoch(**seen)]
  facts = "clean test 75.0%  noisy train 50.0%  loss 1.250  1,000 examples/s"
  with progress.progress(3, "title ") as show:
    show(0.5, ())
    show(1, results)
  assert capsys.readouterr().out == f"title epoch 1/3  {facts}\n"
  for stream in (sys.stdout, sys.stderr):
    monkeypatch.setattr(stream, "isatty", lambda: True)
  # A bar is drawn at most ten times a second.
  monkeypatch.setattr("tqdm.std.time", itertools.count().__next__)
  with progress.progress(3, "title ", 0.25) as show:
    for epochs_done in (0.375, 0.75, 1):
      show(epochs_done, results if epochs_done == 1 else ())
  captured = capsys.readouterr()
  assert captured.out == ""
  bars = re.findall(r"title epoch (\d/3) [|](.{8})[|]", captured.err)
  heights = [sum(" ▏▎▍▌▋▊▉█".index(mark) for mark in bar) for _, bar in bars]
  # In eighths of a mark.
  assert heights[:4] == [int(64 * part / 3) for part in (0.25, 0.375, 0.75, 1)]
  assert [text for text, _ in bars[:4]] == ["0/3", "0/3", "0/3", "1/3"]
  assert "title epoch 1/3 |" in captured.err
  assert f"left, {facts}" in captured.err


def test_a_narrow_bar_keeps_the_test_accuracy(monkeypatch, capsys):
  for stream in (sys.stdout, sys.stderr):
    monkeypatch.setattr(stream, "isatty", lambda: True)
  monkeypatch.setattr("tqdm.std._screen_shape_wrapper", lambda: lambda _: (60, 20))
  with progress.progress(120, done=118) as show:
    show(119, [an_epoch(test_accuracy=0.75)])
  assert "clean test 75.0%" in capsys.readouterr().err
