"""Malformed flags of train.

Accepted means that the training prints an accuracy from 0 to 1.
"""

import pathlib
import random
import re
from collections.abc import Iterator

from experiments.fuzz.cases import ODD_PLACES, ODD_TEXTS, Answer, Case, mutated
from experiments.fuzz.npz_files import TINY, TRAIN, accuracy

VALID = {
  "image_size": "4",
  "on_bad_image": "skip",
  "imbalance": "exp:2",
  "loss": "2*gce(q=0.5)",
  "logit_bias": "auto",
  "noise": "pairflip",
  "noise_rate": "0.4",
  "noise_sampling": "iid",
  "noise_seed": "3",
  "model": "mlp",
  "widths": "4,4",
  "initialization": "own",
  "compute_dtype": "bfloat16",
  "augmentation": "crop+flip",
  "epochs": "2",
  "batch_size": "8",
  "accumulation": "2",
  "learning_rate": "0.05",
  "schedule": "steps:1:0.1",
  "momentum": "0.5",
  "nesterov": "true",
  "clip_norm": "1",
  "weight_decay": "1e-4",
  "average_decay": "0.5",
  "seed": "1",
  "seeds": "2",
  "recipe": "alfs/mnist",
  "num_processes": "2",
  "process_id": "1",
  "coordinator": "localhost:1",
  "tensorboard": "true",
}
# What would take all memory, or for ever.
_LARGE = [
  ("epochs", "9" * 12),
  ("widths", "2000000000"),
  ("widths", "9" * 11),
  ("seeds", "9999999"),
  ("image_size", "9" * 9),
  ("schedule", "cosine:1e39"),
  ("augmentation", "+".join(["crop"] * 500)),
]
# Other words that a message may have: where the value is one that the data decide on.
_ALSO = ("loss is", "examples", "argument", "flag", "learning_rate", "config", "memory")


def train_cases(rng: random.Random, count: int, npz: pathlib.Path) -> Iterator[Case]:
  """One flag with an odd or a mutated value, beside the flags of a tiny run."""
  odd = rng.sample(_LARGE, min(count // 6, len(_LARGE)))
  every = [(name, value) for name in VALID for value in ODD_TEXTS]
  odd += rng.sample(every, count // 2 - len(odd))
  mutants = [
    (name, mutated(rng, VALID[name])) for name in rng.choices(list(VALID), k=count // 3)
  ]
  for name, value in odd + mutants:
    if name == "epochs" and value.isdecimal() and int(value[:20]) < 10**9:
      value = value[-2:]  # many epochs take long, and are no less right
    arguments = [f"--dataset=npz:{npz}", *TINY, f"--{name}={value}"]
    names = [name, "coordinator", "process", *_ALSO]
    yield Case(TRAIN, arguments, f"--{name}={value[:40]!r}", names, _trained)
  for _ in range(count - len(odd) - len(mutants)):
    arguments = [f"--dataset=npz:{npz}", *TINY]
    if rng.random() < 0.5:
      name = rng.choice(["workdir", "data_dir", "dataset"])
      value = rng.choice(["npz:", "folder:", ""] if name == "dataset" else [""])
      value += rng.choice(ODD_PLACES)
      arguments += [f"--{name}={value}"]
      arguments += ["--epochs=0"] if name == "workdir" else []
      names = [name, "epochs", *_ALSO]
    else:
      at = rng.randrange(len(arguments))
      arguments[at] = mutated(rng, arguments[at]).replace("\0", "")
      names = ["error"]
    yield Case(TRAIN, arguments, repr(arguments[-4:])[-120:], names, _trained)


def _trained(answer: Answer) -> str | None:
  if "\n" in answer.out and not answer.err and "--help" in answer.out:
    return None
  found = accuracy(answer)
  return None if re.fullmatch(r"[01]\.\d{4}", found) else f"accuracy {found}"
