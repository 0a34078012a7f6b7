"""Pages of invented findings, and what a reader does on them."""

import csv
import io

import numpy as np
from playwright import sync_api

from noisy_jax.audit.findings import Estimate, Findings, Summary

NAMES = ("cat", "dog", "fox", "emu")
HEADING = ["id", "decision", "label"]


def color(example):
  return example % 16 * 16, 255 - example // 16 * 8, 128


def make_findings(size=200, names=NAMES, *, num_declared=40, ids=None, copies=None):
  """Example i is the i-th likeliest, in another place of the set; every fourth is a cat."""
  place_of = np.random.default_rng(0).permutation(size)
  labels, likely, scores = np.empty(size, int), np.empty(size, int), np.empty(size)
  all_ids, declared = np.empty(size, object), np.empty(size, bool)
  rank = np.arange(size)
  labels[place_of] = rank % len(names)
  likely[place_of] = (rank + 1 + rank // len(names) % 2) % len(names)
  scores[place_of] = rank / size
  declared[place_of] = rank < num_declared
  all_ids[place_of] = [f"{i}.png" for i in rank] if ids is None else ids
  copies = {
    place_of[one]: tuple(place_of[list(others)]) for one, others in (copies or {}).items()
  }
  found = Findings(
    all_ids.astype(str), labels.astype(np.int32), likely.astype(np.int32),
    scores.astype(np.float32), declared, copies,
  )  # fmt: skip
  images = np.empty((size, 8, 12, 3), np.uint8)
  images[place_of] = np.array([color(i) for i in rank])[:, None, None]
  return found, images


def make_summary(names=NAMES, **fields):
  num_classes = len(names)
  return Summary(
    "folder:pets", names, "It is a margin.", 0.2, Estimate(0.19, 0.18, 0.21),
    Estimate(3, 1, 6), "By a mixture.", np.eye(num_classes), np.zeros(num_classes),
    ("Two files were left out.",),
  )._replace(**fields)  # fmt: skip


def matches(page):
  return page.text_content("#matches")


def chosen(page):
  return page.text_content("#chosen .id")


def press(page, keys):
  for key in keys.split():
    page.keyboard.press(key)


def downloaded(page):
  """The rows of decisions.csv, as Python reads them, and its bytes."""
  with page.expect_download() as download:
    page.click("#download")
  assert download.value.suggested_filename == "decisions.csv"
  content = download.value.path().read_bytes()
  text = content.decode(errors="surrogateescape")
  return list(csv.reader(io.StringIO(text, newline=""), strict=True)), content


def load(page, content):
  file = {"name": "decisions.csv", "mimeType": "text/csv", "buffer": content}
  page.evaluate("byId('status').textContent = ''")
  page.set_input_files("#load", file)
  sync_api.expect(page.locator("#status")).not_to_have_text("")
  return page.text_content("#status")
