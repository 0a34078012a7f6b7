import dataclasses

import pytest

from tests.small_setups import SMALL


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"dataset": "mnist3"}, "dataset: unknown 'mnist3'; known: digits2"),
    ({"loss": "mea"}, "loss: column 1: unknown 'mea'; known: ce, ls, mae"),
    ({"augmentation": "crop+blur"}, "augmentation: unknown 'blur'; known: crop, flip,"),
    ({"model": "resnet"}, "model: unknown 'resnet'; known: mlp"),
    ({"logit_bias": "car"}, "logit_bias: 'car', must be a number or auto"),
    ({"noise_rate": 1.0}, r"noise_rate: 1.0, must be in \[0, 1\)"),
    ({"widths": (8, 0)}, r"widths: \(8, 0\), must be a tuple of integers from 1 up"),
    ({"momentum": 1.0}, "momentum: 1.0"),
    ({"schedule": "linear"}, "schedule: unknown 'linear'; known: cosine, cosine:LAST"),
    ({"widths": (2**31,)}, r"widths: .*, must be a tuple of integers from 1 up, below 2"),
    ({"image_size": 2**16}, "image_size: 65536, must be an integer from 0 up, below 2"),
    ({"augmentation": "+".join(["flip"] * 21)}, "augmentation: 21 names, must be at most"),
    ({"schedule": "exponential:0"}, r"schedule: .*, must have a factor in \(0, 1\]"),
    ({"schedule": "steps:2:1.5"}, r"schedule: .*, must have a factor in \(0, 1\]"),
    ({"schedule": "steps:2,2:0.1"}, "schedule: .*, must have epochs that rise"),
    ({"schedule": "cosine:1e39"}, "schedule: .*, must end with a number that float32"),
    ({"schedule": "steps:60"}, "schedule: unknown 'steps:60'"),
    ({"average_decay": 1.0}, r"average_decay: 1.0, must be in \[0, 1\)"),
    ({"compute_dtype": "f16"}, "compute_dtype: 'f16', must be one of float32, bfloat16"),
    ({"initialization": "he"}, "initialization: 'he', must be one of own, alfs, flax"),
    ({"imbalance": "100"}, "imbalance: '100', must be exp:R with R >= 1"),
    ({"noise_seed": 2**32}, "noise_seed: 4294967296"),
  ],
)
def test_config_refuses_what_makes_no_sense(changes, message):
  with pytest.raises(ValueError, match=message):
    dataclasses.replace(SMALL, **changes)
