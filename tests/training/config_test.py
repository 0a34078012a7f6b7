"""Configs that make no sense are refused."""

import dataclasses

import pytest

from tests.small_setups import SMALL


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"dataset": "mnist3"}, "dataset: unknown 'mnist3'; known: digits2"),
    ({"loss": "mea"}, "loss: column 1: unknown 'mea'; known: ce, ls, mae"),
    ({"augmentation": "crop+blur"}, "augmentation: unknown 'blur'; known: crop, flip,"),
    ({"augmentation": None}, "augmentation: None, must be a name"),
    ({"model": "resnet"}, "model: unknown 'resnet'; known: mlp"),
    ({"logit_bias": "car"}, "logit_bias: 'car', must be a number or auto"),
    ({"logit_bias": float("nan")}, "logit_bias: nan, must be a number or auto"),
    ({"logit_bias": None}, "logit_bias: None, must be a number or auto"),
    ({"noise_rate": 1.0}, r"noise_rate: 1.0, must be in \[0, 1\)"),
    ({"noise_rate": -0.1}, "noise_rate: -0.1"),
    ({"widths": (8, 0)}, r"widths: \(8, 0\), must be a tuple of integers from 1 up"),
    ({"widths": ()}, "widths: "),
    ({"widths": 16}, "widths: 16"),
    ({"epochs": 0}, "epochs: 0, must be an integer from 1 up"),
    ({"epochs": 2.5}, "epochs: 2.5"),
    ({"batch_size": 0}, "batch_size: 0"),
    ({"learning_rate": 0.0}, "learning_rate: 0.0, must be a number above 0"),
    ({"learning_rate": float("inf")}, "learning_rate: inf"),
    ({"momentum": 1.0}, "momentum: 1.0"),
    ({"clip_norm": float("inf")}, "clip_norm: inf"),
    ({"clip_norm": -1.0}, "clip_norm: -1.0, must be a number from 0 up"),
    ({"nesterov": 1}, "nesterov: 1, must be true or false"),
    ({"schedule": "linear"}, "schedule: unknown 'linear'; known: cosine, cosine:LAST"),
    ({"widths": (2**31,)}, r"widths: .*, must be a tuple of integers from 1 up, below 2"),
    ({"image_size": 2**16}, "image_size: 65536, must be an integer from 0 up, below 2"),
    ({"augmentation": "+".join(["flip"] * 21)}, "augmentation: 21 names, must be at most"),
    ({"epochs": True}, "epochs: True, must be an integer from 1 up"),
    ({"seed": False}, r"seed: False, must be an integer in \[0, 2\^32\)"),
    ({"noise_rate": False}, r"noise_rate: False, must be in \[0, 1\)"),
    ({"learning_rate": 10**400}, "learning_rate: 1000.*, must be a number above 0"),
    ({"clip_norm": 1e39}, r"clip_norm: 1e\+39, must be a number from 0 up"),
    ({"schedule": "exponential:0"}, r"schedule: .*, must have a factor in \(0, 1\]"),
    ({"schedule": "steps:2:1.5"}, r"schedule: .*, must have a factor in \(0, 1\]"),
    ({"schedule": "steps:2,2:0.1"}, "schedule: .*, must have epochs that rise"),
    ({"schedule": "steps:2,1:0.1"}, "schedule: .*, must have epochs that rise"),
    ({"schedule": "cosine:1e39"}, "schedule: .*, must end with a number that float32"),
    ({"schedule": "steps:60"}, "schedule: unknown 'steps:60'"),
    ({"accumulation": 0}, "accumulation: 0, must be an integer from 1 up"),
    ({"average_decay": 1.0}, r"average_decay: 1.0, must be in \[0, 1\)"),
    ({"compute_dtype": "f16"}, "compute_dtype: 'f16', must be one of float32, bfloat16"),
    ({"initialization": "he"}, "initialization: 'he', must be one of own, alfs, flax"),
    ({"image_size": -1}, "image_size: -1, must be an integer from 0 up"),
    ({"on_bad_image": "cry"}, "on_bad_image: 'cry', must be one of fail, skip"),
    ({"imbalance": "100"}, "imbalance: '100', must be exp:R with R >= 1"),
    ({"weight_decay": -1.0}, "weight_decay: -1.0, must be a number from 0 up"),
    ({"l1": -1.0}, "l1: -1.0, must be a number from 0 up"),
    ({"seed": -1}, r"seed: -1, must be an integer in \[0, 2\^32\)"),
    ({"noise_seed": 2**32}, "noise_seed: 4294967296"),
    ({"loss": None}, "loss: None, must be a name"),
  ],
)
def test_config_refuses_what_makes_no_sense(changes, message):
  with pytest.raises(ValueError, match=message):
    dataclasses.replace(SMALL, **changes)
