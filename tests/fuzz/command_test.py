"""Malformed flags of commands, by hand; and that every way to end is noticed."""

import pytest

from tests.fuzz import command
from tests.fuzz.command import Command
from tests.fuzz.conftest import long

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

# Command, the name that the line must have, and flags.
REFUSED = """
figures figure --figure=6
figures figure --figure=
figures noise_rate --figure=noise --noise_rate=0 --dataset=digits10
figures noise_rate --figure=noise --noise_rate=nan
figures out_dir --figure=noise --out_dir=/dev/null/x
figures out_dir --figure=noise --out_dir=/proc/x
demo out_dir --out_dir=/dev/null
demo x x
predictions out_dir --out_dir=/proc/x
predictions epochs --out_dir=x --epochs=0
loss_page x x
report runs --runs=/ --out_dir=x
report runs --runs=/dev/null --out_dir=x
report readme --readme=/
sweep grid --grid=/dev/null.yaml --out_dir=x
sweep out_dir --grid=classes --out_dir=/dev/null
sweep data_dir --grid=cifar10 --filter=_ce/seed0 --out_dir=x --data_dir=/none
prepare_webvision manual_dir --manual_dir=/dev/null --data_dir=x
prepare_webvision dir --manual_dir=. --data_dir=/dev/null
prepare_webvision config --config=big
benchmarks.losses num_classes --num_classes=1
benchmarks.losses batch_size --batch_size=x
benchmarks.losses out_dir --out_dir=/dev/null
benchmarks.average_error loss --losses=gce(q=auto) --classes=10
benchmarks.average_error classes --losses=ce --classes=1
benchmarks.training_speed widths --widths=0
benchmarks.training_speed threads --threads=x
benchmarks.method_cost method --methods=x
benchmarks.convnet_speed model --models=x
benchmarks.convnet_speed batch_size --batch_sizes=0
benchmarks.epoch_profile batch_size --train_size=8 --batch_size=16
benchmarks.first_step model --models=x
benchmarks.accelerator parts --parts=x
benchmarks.accelerator out_dir --out_dir=/dev/null
benchmarks.device_agreement x x
benchmarks.stream quality --quality=101
benchmarks.epoch_scan width --width=0
train epochs --epochs=999999999999
train memory --widths=2000000000
train image_size --image_size=999999999
evaluate workdir --workdir=/dev/null/x
"""
BY_COMMAND: dict[str, list[list[str]]] = {}
for line in REFUSED.split("\n")[1:-1]:
  BY_COMMAND.setdefault(line.split()[0], []).append(line.split()[1:])


def test_every_way_to_end_is_told(tmp_path, monkeypatch):
  (tmp_path / "odd_command.py").write_text(COMMAND)
  monkeypatch.syspath_prepend(tmp_path)
  odd = Command("odd_command", tmp_path)
  assert not odd.run(["refuse"]).is_accepted(["x"])
  assert odd.run(["go"]).is_accepted(["x"])
  assert odd.run(["one more"]).out == "one more\n"
  for word, message in (("raise", "KeyError: 'x'"), ("warn", "beware"), ("refuse", "x: 1")):
    answer = odd.run([word])
    with pytest.raises(AssertionError, match=message):
      answer.is_accepted(["y"])
  with monkeypatch.context() as patch:
    patch.setattr(command, "_SECONDS", 0.2)
    with pytest.raises(AssertionError, match="hangs"):
      odd.run(["hang"])
  with pytest.raises(AssertionError, match="died"):
    odd.run(["die"])
  assert odd.run(["go"]).is_accepted(["x"])
  odd.close()


@long
@pytest.mark.parametrize("name", BY_COMMAND)
def test_malformed_flags_of_commands_are_refused(name, tmp_path):
  started = Command(f"experiments.{name}", tmp_path)
  for word, *arguments in BY_COMMAND[name]:
    assert not started.run(arguments).is_accepted([word]), arguments
  started.close()
