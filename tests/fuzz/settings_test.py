import dataclasses
import json
from typing import Any

import pytest
from absl import flags
from hypothesis import example, given, strategies as st

from noisy_jax import training
from noisy_jax.cli import command_line, config_flags, train
from tests.fuzz.malformed import ODD_VALUES, accepted, changed, texts

# None of them is the default, and all fit each other.
VALID = {
  "dataset": "digits10", "image_size": 4, "on_bad_image": "skip", "max_memory_gb": 0.5,
  "extra_test": "cifar10:test", "labels": "a.csv", "imbalance": "exp:10",
  "loss": "2*gce(q=0.5)", "logit_clip": 1.0, "logit_bias": "auto", "noise": "pairflip",
  "noise_rate": 0.4, "noise_sampling": "iid", "noise_seed": 3, "model": "cnn4",
  "widths": [16, 16], "initialization": "pytorch", "compute_dtype": "bfloat16",
  "augmentation": "crop+flip", "epochs": 3, "batch_size": 32, "accumulation": 2,
  "learning_rate": 0.01, "schedule": "steps:1:0.1", "momentum": 0.9, "nesterov": True,
  "clip_norm": 1.0, "weight_decay": 1e-4, "l1": 0.5, "average_decay": 0.9,
  "seed": 2**32 - 1,
}  # fmt: skip


def check(config):
  kinds: dict[Any, tuple] = {float: (int, float), float | str: (int, float, str)}
  for field in dataclasses.fields(config):
    value = getattr(config, field.name)
    assert type(value) in kinds.get(field.type, (field.type, tuple)), (field.name, value)
  again = json.loads(json.dumps(dataclasses.asdict(config), allow_nan=False))
  assert training.TrainConfig(**again | {"widths": tuple(again["widths"])}) == config


@given(changed(VALID))
@example(VALID)
def test_settings(settings):
  refused_or_kept(settings)


@pytest.mark.parametrize("name", VALID)
def test_every_setting_meets_every_odd_value(name):
  for value in ODD_VALUES:
    refused_or_kept(VALID | {name: value})


def refused_or_kept(settings):
  def config():
    fields = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
    return training.TrainConfig(**fields)

  names = {x for x in settings if x in VALID and settings[x] is not VALID[x]}
  names |= settings.keys() ^ VALID.keys()
  found = accepted(config, names)
  assert found or names
  if found is not None:
    check(found)
    given_back = dataclasses.asdict(found) | {"widths": list(found.widths)}
    assert given_back | settings == given_back


@given(st.data())
def test_flags(data):
  name = data.draw(st.sampled_from(sorted(VALID)))
  valid = VALID[name]
  text = ",".join(map(str, valid)) if isinstance(valid, list) else str(valid)
  text = data.draw(texts(text))
  flags.FLAGS.unparse_flags()
  for flag in train._SETTINGS:
    flags.FLAGS[flag].unparse()

  def config():
    try:
      command_line.parse(["train", f"--{name}={text}"])
    except SystemExit as ended:
      raise ValueError(ended.code) from None
    return config_flags.read(train._SETTINGS)

  found = accepted(config, [name, "argument"], text)
  if found is not None:
    check(found)
