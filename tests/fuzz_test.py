"""The fuzz of the front door: a slice of it, and that it notices what it is for."""

import random
import subprocess
import sys

import pytest

from experiments.fuzz import cases, texts
from experiments.fuzz.worker import Worker

COMMAND = """
import os, sys, time
def main(argv):
  print(*argv[1:])
  match argv[1]:
    case "hang": time.sleep(100)
    case "die": os._exit(3)
    case "raise": raise KeyError("x")
    case "refuse": sys.exit("error: x: 1, must be 2")
    case "warn": print("beware", file=sys.stderr), sys.exit("error: x: 1, must be 2")
"""


def case(names=("x",), problem=lambda answer: None):
  return cases.Case("command", [], "input", names, problem)


@pytest.fixture
def worker(tmp_path, monkeypatch):
  (tmp_path / "odd_command.py").write_text(COMMAND)
  monkeypatch.syspath_prepend(tmp_path)
  worker = Worker("odd_command", str(tmp_path), seconds=5)
  yield worker
  worker.close()


def test_every_way_to_end_is_told(worker, monkeypatch):
  def ended(word):
    return cases.judge(case(), worker.run([word]))

  assert ended("refuse") == ("refused", "")
  assert ended("go") == ("accepted", "")
  assert ended("raise") == ("failed", "traceback: KeyError: 'x'")
  assert ended("warn")[1].startswith("2 lines: ")
  assert ended("die") == ("failed", "died (3)")
  assert worker.run(["one more"]).out == "one more\n"
  monkeypatch.setattr(worker, "_seconds", 0.2)
  assert ended("hang") == ("failed", "hangs")


def test_what_is_not_named_or_comes_out_wrong_fails():
  refused = cases.Answer(1, "error: y: 1, must be 2", "", "")
  assert cases.judge(case(), refused)[1].startswith("does not name x")
  accepted = cases.Answer(0, "", "0.3", "")
  assert cases.judge(case(problem=lambda a: f"not {a.out}"), accepted) == (
    "failed",
    "not 0.3",
  )
  assert cases.judge(case(), cases.Answer(3, "error: x", "", ""))[0] == "failed"


def test_a_seed_makes_the_same_inputs_and_another_others():
  def made(seed):
    return [
      [c.arguments for c in maker(random.Random(f"{seed}"), 20)]
      for maker in texts.kinds().values()
    ]

  assert made(0) == made(0)
  assert made(0) != made(1)
  assert all(len(of_kind) == 20 for of_kind in made(0))


def test_a_slice_of_the_fuzz_passes():
  flags = ["--num_inputs=40", "--kinds=losses,settings,imbalance,augmentation,schedule"]
  command = [sys.executable, "-m", "experiments.fuzz", *flags]
  done = subprocess.run(command, capture_output=True, text=True)
  assert done.returncode == 0, done.stdout + done.stderr
  assert "all" in done.stdout
  assert "FAILED" not in done.stdout
