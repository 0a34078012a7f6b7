"""The records that a run leaves."""

import numpy as np

from noisy_jax.runs.records import write_examples


def test_examples_may_have_names_that_are_no_text_and_no_score(tmp_path):
  columns = {"id": np.array(["\udcff.png", "ü.png"]), "score": np.array([0.25, np.nan])}
  write_examples(tmp_path, columns)
  content = (tmp_path / "examples.csv").read_bytes()
  assert content == b"id,score\r\n\xff.png,0.25\r\n\xc3\xbc.png,\r\n"
