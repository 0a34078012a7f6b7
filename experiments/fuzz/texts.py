"""Malformed texts for the library's entry points: losses, noise, settings and the like.

Accepted means that the check in `probe` holds: a loss parses to the same from its own text
and evaluates to the weighted sum of its terms, noise has the rate that was asked for, and
so on.
"""

import functools
import json
import random
from collections.abc import Iterator, Sequence

from experiments.fuzz.cases import ODD_VALUES, Answer, Case, changed_json, texts

PROBE = "experiments.fuzz.probe"

_LOSSES = [
  *("ce", "mae", "gce(q=0.3)", "gce(q=auto)", "10*nce+0.1*agce(a=1.8,q=3)", "-ce+2*mae"),
  "ls(alpha=0.1)",
  "10*nce + 0.1*agce(a=1.8, q=3)",
  "sce(alpha=0.1, beta=1)",
  "nfl(gamma=0.5, detach=True) + mae",
  "bi_tempered(t1=0.8, t2=1.2)",
  "0.5*(nce + mae)",
  "ael(a=2.5)",
]
_BAD_LOSSES = [
  "",
  " ",
  "mea",
  "2",
  "2*3",
  "ce*mae",
  "ce/2",
  "ce+1",
  "ce,mae",
  "ce mae",
  "ce()",
  "ce(1)",
  "gce(0.5)",
  "gce(q=)",
  "gce(q=0)",
  "gce(q=1.5)",
  "gce(q=-0.5)",
  "gce(q=nan)",
  "gce(q=True)",
  "gce(q='x')",
  "gce(q=0.5,q=0.6)",
  "gce(**{'q': 1})",
  "gce(*[1])",
  "gce(z=1)",
  "gce(q=10**400)",
  "gce(q=" + "9" * 400 + ")",
  "9" * 400 + "*ce",
  "1e400*ce",
  "1e308*10*ce",
  "1e39*ce",
  "0*ce",
  "-0.0*mae",
  "True*ce",
  "1j*ce",
  "0x10*ce",
  "1_0*ce",
  "ce # + mae",
  "ce #\n + mae",
  "ce\n+ mae",
  "ce\\\n+ mae",
  "ce; mae",
  "x = ce",
  "lambda: ce",
  "ce if 1 else mae",
  "[ce]",
  "{ce}",
  "ce.mae",
  "ce[0]",
  "__import__('os')",
  "(" * 250 + "ce" + ")" * 247,
  "-" * 498 + "ce",
  "+" * 498 + "ce",
  "ce" + "+ce" * 166,
  "ce+" * 200 + "ce",
  "not ce",
  "~ce",
  "ce@mae",
  "ce**2",
  "ce//2",
  "f'{ce}'",
  "ce\0",
  "\udcff",
  "\uff43\uff45",
  "\u00b5*ce",
  "agce(a=-1)",
  "agce(q=auto)",
  "ls(alpha=2)",
  "bi_tempered(t1=2)",
  "bi_tempered(t2=0.5)",
  "bi_tempered(t1=0.8, t2=1e30)",
  "nfl(detach=1)",
  "nfl(gamma=1e30)",
  "fl(gamma=-1)",
  "ael(a=1e-30)",
  "ael(a=0)",
  "sce(beta=1e39)",
  "published:gce",
  "gce(q=auto())",
  "auto",
  "yield",
  "ce:=mae",
  "1if 1else 2*ce",
  "'\\d'*ce",
  "2 is ce",
]

_NOISES = [
  "symmetric",
  "symmetric_including_true",
  "pairflip",
  "asymmetric",
  "asymmetric:mnist",
  "asymmetric:cifar10",
  "instance",
  "matrix:m.npy",
  "human:worse",
  "open_set:1",
  "open_set:digits10",
  "open_set:npz:x.npz",
]
_BAD_NOISES = [
  "",
  ":",
  "Symmetric",
  "symmetric:",
  "symmetric:0.4",
  "pairflip:1",
  "asymmetric:",
  "asymmetric:none",
  "instance:1",
  "matrix",
  "matrix:",
  "matrix:none.npy",
  "matrix:none.txt",
  "matrix:/",
  "matrix:\0.npy",
  "matrix:" + "x" * 300 + ".npy",
  "human",
  "human:",
  "human:worst",
  "human:noisy",
  "open_set",
  "open_set:",
  "open_set:0",
  "open_set:-1",
  "open_set:2",
  "open_set:3",
  "open_set:4",
  "open_set:99999999999999999999",
  "open_set:" + "9" * 5000,
  "open_set:\u0662",
  "open_set:\u00b2",
  "open_set:1.5",
  "open_set:digits4",
  "open_set:digits1",
  "open_set:digits10",
  "open_set:npz:none",
  "open_set:folder:/none",
  "open_set:none",
  " symmetric",
  "symmetric\n",
]
_RATES = ["0", "0.4", "0.4", "0.4", "0.999", "1e-12"]

_IMBALANCES = ["exp:1", "exp:10", "exp:2.5", "exp:100"]
_BAD_IMBALANCES = [
  *("", "exp", "exp:", "exp:0", "exp:-1", "exp:0.5", "exp:101", "exp:1e2", "exp:nan"),
  *(
    "exp:inf",
    "exp:" + "9" * 400,
    "exp:1.",
    "exp:.5",
    "exp:1,5",
    "exp:\u0661\u0660",
    "step:10",
  ),
  *("exp: 10", "exp:10 ", "exp:10\n", "exp:1:2", "EXP:10", "exp:1.0000000001"),
]

_AUGMENTATIONS = ["none", "cifar10", "cifar100", "mnist", "crop+flip", "rotate+cutout"]
_BAD_AUGMENTATIONS = [
  *("", "+", "crop+", "+crop", "crop++flip", "crop flip", "crop,flip", "Crop", "none+crop"),
  *("crop+none", "crop(4)", "crop=4", "cifar10+flip", "flip+flip", " crop + flip "),
  *("crop\n", "cut out", "rot\u0430te", "crop+\0", "+".join(["flip"] * 2000)),
]

_SCHEDULES = ["cosine", "cosine:0.001", "steps:1,2:0.1", "exponential:0.97", "constant"]
_BAD_SCHEDULES = [
  *("", "cos", "cosine:", "cosine:-1", "cosine:nan", "cosine:1e999", "cosine:0"),
  *("steps", "steps:", "steps:1", "steps::0.1", "steps:1:", "steps:1:1e999", "steps:0:0.1"),
  *("steps:1,1:0.1", "steps:2,1:0.1", "steps:1,:0.1", "steps:1.5:0.1", "steps:-1:0.1"),
  *("steps:99999999999:0.1", "steps:" + "9" * 30 + ":0.1", "steps:" + "9" * 5000 + ":0.1"),
  *("steps:1:0", "steps:1:0.0", "exponential", "exponential:", "exponential:0"),
  *("exponential:0.0", "exponential:1e-400", "exponential:1e999", "exponential:-0.5"),
  *("exponential:1", "exponential:2", "constant:1", "cosine:0.1:0.1", "cosine:1e--3"),
  *("cosine:\u0660", "constant\n", "steps:1:1e-50", "exponential:1e39", "cosine:1e39"),
]

_DATASETS = ["digits10", "digits2", "folder:/x", "npz:/x.npz", "cifar10", "mnist"]
_BAD_DATASETS = [
  *("", "digits", "digits1", "digits0", "digits01", "digits1001", "digits-1", "digits2.0"),
  *(
    "digits" + "9" * 5000,
    "digits\u0661\u0660",
    "digits10 ",
    "Digits10",
    "digits10\n",
    "digits 10",
  ),
  *("folder", "folder:", "folder:\0", "folder:" + "x" * 300, "folder:/dev/null", "npz"),
  *("npz:", "npz:\0", "npz:/", "npz:/dev/null", "npz:" + "x" * 5000, "npz:\n", "npz:~~"),
  *("npz:/dev/full", "folder:~nobody-here", "cifar11", "cifar10:", "cifar10/", "cifar10:9"),
  *(
    "cifar10/none",
    "../../etc",
    "/",
    ":",
    "mnist:3.0.1:x",
    "mnist[train]",
    "coco",
    "\udcff",
  ),
  *(
    "gs://x",
    "a" * 10_000,
    "\uff4d\uff4e\uff49\uff53\uff54",
    "huggingface:x/y",
    "mnist, cifar10",
    "kaggle:x/y",
  ),
]

_VALID_SETTINGS = {
  "dataset": "digits10",
  "image_size": 0,
  "on_bad_image": "skip",
  "imbalance": "exp:10",
  "loss": "gce(q=0.5)",
  "logit_bias": "auto",
  "noise": "pairflip",
  "noise_rate": 0.4,
  "noise_sampling": "iid",
  "noise_seed": 3,
  "model": "cnn4",
  "widths": [16, 16],
  "initialization": "pytorch",
  "compute_dtype": "bfloat16",
  "augmentation": "crop+flip",
  "epochs": 3,
  "batch_size": 32,
  "accumulation": 2,
  "learning_rate": 0.01,
  "schedule": "steps:1:0.1",
  "momentum": 0.9,
  "nesterov": True,
  "clip_norm": 0.0,
  "weight_decay": 0.0,
  "average_decay": 0.9,
  "seed": 2**32 - 1,
}


def accepted(answer: Answer) -> str | None:
  """What is wrong with how a probe ended that was not refused."""
  return None if answer.out == "accepted\n" else f"printed {answer.out[:80]!r}"


def _probe(what, shown, text, names, *flags) -> Case:
  return Case(PROBE, [*flags, "--", what, text], shown, names, accepted)


def _of_texts(what, names, written, valid, rng: random.Random, count: int):
  for text in texts(rng, count, written, valid):
    yield _probe(what, repr(text), text, names)


def _noise_cases(rng: random.Random, count: int) -> Iterator[Case]:
  for text in texts(rng, count, _BAD_NOISES, _NOISES):
    rate = rng.choice(_RATES)
    names = ("noise", "instance", "rate")
    yield _probe("noise", f"{text!r} at {rate}", text, names, f"--rate={rate}")


def _settings_cases(rng: random.Random, count: int) -> Iterator[Case]:
  """Every field with odd values before random ones."""
  every = [(name, value) for name in _VALID_SETTINGS for value in ODD_VALUES]
  for name, value in rng.sample(every, count // 2):
    shown = f"{name} {str(value)[:30]}"
    content = json.dumps(_VALID_SETTINGS | {name: value})
    yield _probe("settings", shown, content, (name,))
  for _ in range(count - count // 2):
    fields, shown = _VALID_SETTINGS, ""
    while shown[:7] in ("", "without") or shown.endswith(("renamed", "another name")):
      fields, shown = changed_json(rng, _VALID_SETTINGS)
    yield _probe("settings", shown, json.dumps(fields), (shown.split()[0],))


def kinds() -> dict[str, functools.partial[Iterator[Case]]]:
  """From the name of a kind to its generator, which takes random numbers and a count."""

  def of(what: str, names: Sequence[str], written: Sequence[str], valid: Sequence[str]):
    return functools.partial(_of_texts, what, names, written, valid)

  return {
    "losses": of("loss", ("loss",), _BAD_LOSSES, _LOSSES),
    "settings": functools.partial(_settings_cases),
    "noise": functools.partial(_noise_cases),
    "imbalance": of("imbalance", ("imbalance",), _BAD_IMBALANCES, _IMBALANCES),
    "augmentation": of(
      "augmentation", ("augmentation",), _BAD_AUGMENTATIONS, _AUGMENTATIONS
    ),
    "schedule": of("schedule", ("schedule",), _BAD_SCHEDULES, _SCHEDULES),
    "dataset names": of(
      "dataset", ("dataset", "data_dir", "digits"), _BAD_DATASETS, _DATASETS
    ),
  }
