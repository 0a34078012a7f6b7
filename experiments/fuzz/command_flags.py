"""Malformed flags of the other commands, by hand: each must be refused."""

import random
from collections.abc import Iterator

from experiments.fuzz.cases import Case

# Command, arguments, and what the line must name.
_OTHERS: list[tuple[str, list[str], str]] = [
  ("figures", ["--figure=6"], "figure"),
  ("figures", ["--figure="], "figure"),
  ("figures", ["--figure=noise", "--noise=none"], "noise"),
  ("figures", ["--figure=noise", "--noise_rate=0", "--dataset=digits10"], "noise_rate"),
  ("figures", ["--figure=noise", "--noise_rate=nan"], "noise_rate"),
  ("figures", ["--figure=noise", "--dataset=npz:/none"], "dataset"),
  ("figures", ["--figure=noise", "--out_dir=/dev/null"], "out_dir"),
  ("figures", ["--figure=noise", "--out_dir=/dev/null/x"], "out_dir"),
  ("figures", ["--figure=noise", "--out_dir=/proc/x"], "out_dir"),
  ("figures", ["--figure=noise", "--out_dir=" + "x" * 300], "out_dir"),
  ("figures", ["noise"], "noise"),
  ("demo", ["--out_dir=/dev/null"], "out_dir"),
  ("demo", ["--out_dir=/proc/x"], "out_dir"),
  ("demo", ["x"], "x"),
  ("predictions", ["--out_dir=/dev/null"], "out_dir"),
  ("predictions", ["--out_dir=/proc/x"], "out_dir"),
  ("predictions", ["--out_dir=x", "--epochs=0"], "epochs"),
  ("loss_page", ["x"], "x"),
  ("report", [], "runs"),
  ("report", ["--runs=/none"], "runs"),
  ("report", ["--runs=/none", "--out_dir=x"], "runs"),
  ("report", ["--runs=/", "--out_dir=x"], "runs"),
  ("report", ["--runs=/dev/null", "--out_dir=x"], "runs"),
  ("report", ["--readme=/none"], "readme"),
  ("report", ["--readme=/"], "readme"),
  ("sweep", [], "grid"),
  ("sweep", ["--grid=classes"], "out_dir"),
  ("sweep", ["--grid=none", "--out_dir=x"], "grid"),
  ("sweep", ["--grid=none.yaml", "--out_dir=x"], "grid"),
  ("sweep", ["--grid=/dev/null.yaml", "--out_dir=x"], "grid"),
  ("sweep", ["--grid=classes", "--out_dir=x", "--filter=("], "filter"),
  ("sweep", ["--grid=classes", "--out_dir=x", "--filter=none"], "filter"),
  ("sweep", ["--grid=classes", "--out_dir=x", "--filter=a{" + "9" * 30 + "}"], "filter"),
  ("sweep", ["--grid=classes", "--out_dir=x", "--filter=" + "(" * 5000], "filter"),
  ("sweep", ["--grid=classes", "--out_dir=x", "--filter=\udcff"], "filter"),
  ("sweep", ["--grid=classes", "--out_dir=/dev/null/x"], "out_dir"),
  ("sweep", ["--grid=classes", "--out_dir=/dev/null"], "out_dir"),
  ("sweep", ["--grid=cifar10", "--out_dir=x", "--data_dir=/none"], "data_dir"),
  ("prepare_webvision", ["--manual_dir=/none", "--data_dir=x"], "manual_dir"),
  ("prepare_webvision", ["--manual_dir=/dev/null", "--data_dir=x"], "manual_dir"),
  ("prepare_webvision", ["--manual_dir=.", "--data_dir=/dev/null"], "dir"),
  ("prepare_webvision", ["--config=big"], "config"),
  ("benchmarks.losses", ["--num_classes=1"], "num_classes"),
  ("benchmarks.losses", ["--batch_size=x"], "batch_size"),
  ("benchmarks.losses", ["--out_dir=/dev/null"], "out_dir"),
  ("benchmarks.average_error", ["--losses=mea", "--classes=10"], "loss"),
  ("benchmarks.average_error", ["--losses=gce(q=auto)", "--classes=10"], "loss"),
  ("benchmarks.average_error", ["--losses=ce", "--classes=x"], "classes"),
  ("benchmarks.average_error", ["--losses=ce", "--classes=1"], "classes"),
  ("benchmarks.training_speed", ["--widths=x"], "widths"),
  ("benchmarks.training_speed", ["--widths=0"], "widths"),
  ("benchmarks.training_speed", ["--threads=x"], "threads"),
  ("benchmarks.training_speed", ["--out_dir=/dev/null"], "out_dir"),
  ("benchmarks.method_cost", ["--methods=x"], "method"),
  ("benchmarks.method_cost", ["--num_classes=1"], "num_classes"),
  ("benchmarks.convnet_speed", ["--models=x"], "model"),
  ("benchmarks.convnet_speed", ["--batch_sizes=x"], "batch_sizes"),
  ("benchmarks.convnet_speed", ["--batch_sizes=0"], "batch_size"),
  ("benchmarks.epoch_profile", ["--model=x"], "model"),
  ("benchmarks.epoch_profile", ["--train_size=8", "--batch_size=16"], "batch_size"),
  ("benchmarks.first_step", ["--models=x"], "model"),
  ("benchmarks.first_step", ["--out_dir=/dev/null"], "out_dir"),
  ("benchmarks.accelerator", ["--parts=x"], "parts"),
  ("benchmarks.accelerator", [], "out_dir"),
  ("benchmarks.accelerator", ["--out_dir=/dev/null"], "out_dir"),
  ("benchmarks.device_agreement", ["x"], "x"),
  ("benchmarks.stream", ["--num_images=1"], "num_images"),
  ("benchmarks.stream", ["--quality=101"], "quality"),
  ("benchmarks.epoch_scan", ["--dataset=none"], "dataset"),
  ("benchmarks.epoch_scan", ["--width=0"], "width"),
  ("benchmarks.kill_resume", ["--kills=0"], "kills"),
]


def other_cases(rng: random.Random, count: int) -> Iterator[Case]:
  """Flags of the other commands, by hand; each command once at least, if count allows."""
  rows = rng.sample(_OTHERS, min(count, len(_OTHERS)))
  for command, arguments, name in sorted(rows):
    shown = f"{command} {' '.join(arguments)}"[:100]
    yield Case(
      f"experiments.{command}", arguments, shown, (name,), lambda answer: "is accepted"
    )
