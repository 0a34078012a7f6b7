"""Recipes of published experiments: network, optimizer and augmentation, by name.

A recipe leaves the loss and the noise rate to the flags of the command; any flag comes
before the recipe. `--loss=published:nce+agce` takes the hyperparameters published for the
recipe's data set and the noise of the run, even if `--dataset` names another set. They come
from the recipe's code or, if it has none, from another (`losses.published_loss`).

Under a recipe, `--noise=asymmetric` is the noise of the recipe's code, on CIFAR-10
`asymmetric:cifar10_in_turn` for all codes but ANL.

These trainings differ from the published codes in up to three ways. A cosine schedule falls
once an epoch there, and with every step here. An epoch ends there with the examples that
fill no batch, and leaves them out here. The codes standardise images by stated constants,
and we by the statistics of the training set; for streamed images the constants are the
same.

Some protocols are missing, as this repository lacks a part of them: for GJS, RandAugment
and a name for its smaller PreActResNet-34; for Clothing1M, pretrained weights.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Recipe(NamedTuple):
  """A published way to train.

  Attributes:
    settings: the fields of TrainConfig that the recipe sets.
    source: the paper, notes, and a command that trains by the recipe.
    class_map: the key of `noise.CLASS_MAPS` for `--noise=asymmetric` in the recipe's code;
      empty for the map of the data set.
  """

  settings: Mapping[str, Any]
  source: str
  class_map: str = ""


_SGD = dict(batch_size=128, momentum=0.9)
_ALFS = dict(**_SGD, nesterov=False, clip_norm=5.0, schedule="cosine")
_APL = dict(**_SGD, nesterov=True, clip_norm=5.0)
# In place of the decay, a term l1 * sum |w| over all parameters.
_ANL = dict(**_ALFS, weight_decay=0.0)
_MNIST = dict(dataset="mnist", augmentation="mnist", model="cnn4")
_CIFAR10 = dict(dataset="cifar10", augmentation="cifar10", model="cnn8")
_CIFAR100 = dict(dataset="cifar100", augmentation="cifar100", model="resnet34")
_WEBVISION = dict(
  dataset="webvision/mini",
  max_memory_gb=0.0,
  extra_test="webvision_imagenet/mini:validation",
  momentum=0.9,
  nesterov=True,
  clip_norm=5.0,
  schedule="exponential:0.97",
  epochs=250,
  learning_rate=0.4,
  weight_decay=3e-5,
)

RECIPES: dict[str, Recipe] = {
  "alfs/mnist": Recipe(
    dict(**_MNIST, **_ALFS, epochs=50, learning_rate=0.01, weight_decay=1e-3),
    """Zhou et al., ICML 2021 (ALFs), and the codes of ANL and epsilon-softmax.

    python -m experiments.train --recipe=alfs/mnist --loss=published:agce \\
      --noise_rate=0.4 --data_dir=DIR
    """,
  ),
  "alfs/cifar10": Recipe(
    dict(**_CIFAR10, **_ALFS, epochs=120, learning_rate=0.01, weight_decay=1e-4),
    """Zhou et al., ICML 2021 (ALFs), and the codes of ANL and epsilon-softmax.

    python -m experiments.train --recipe=alfs/cifar10 --loss=published:nce+agce \\
      --noise_rate=0.4 --data_dir=DIR
    """,
    class_map="cifar10_in_turn",
  ),
  "alfs/cifar100": Recipe(
    dict(**_CIFAR100, **_ALFS, epochs=200, learning_rate=0.1, weight_decay=1e-5),
    """Zhou et al., ICML 2021 (ALFs), and the codes of ANL and epsilon-softmax.

    python -m experiments.train --recipe=alfs/cifar100 --loss=published:nce+agce \\
      --noise_rate=0.4 --data_dir=DIR
    """,
  ),
  "anl/mnist": Recipe(
    dict(**_MNIST, **_ANL, epochs=50, learning_rate=0.01, l1=1e-6),
    """Ye et al., NeurIPS 2023 (ANL). This loss is their ANL-CE; nfl+nnfl is ANL-FL.

    python -m experiments.train --recipe=anl/mnist --loss=published:nce+nnce \\
      --noise_rate=0.4 --data_dir=DIR
    """,
  ),
  "anl/cifar10": Recipe(
    dict(**_CIFAR10, **_ANL, epochs=120, learning_rate=0.01, l1=5e-5),
    """Ye et al., NeurIPS 2023 (ANL).

    python -m experiments.train --recipe=anl/cifar10 --loss=published:nce+nnce \\
      --noise_rate=0.4 --data_dir=DIR
    """,
  ),
  "anl/cifar100": Recipe(
    dict(**_CIFAR100, **_ANL, epochs=200, learning_rate=0.1, l1=5e-7),
    """Ye et al., NeurIPS 2023 (ANL).

    python -m experiments.train --recipe=anl/cifar100 --loss=published:nce+nnce \\
      --noise_rate=0.4 --data_dir=DIR
    """,
  ),
  "apl/mnist": Recipe(
    dict(
      **_MNIST,
      **_APL,
      schedule="cosine:0.001",
      epochs=50,
      learning_rate=0.01,
      weight_decay=1e-2,
    ),
    """Ma et al., ICML 2020 (APL).

    python -m experiments.train --recipe=apl/mnist --loss=published:nce+rce \\
      --noise_rate=0.4 --data_dir=DIR
    """,
  ),
  "apl/cifar10": Recipe(
    dict(
      **_CIFAR10,
      **_APL,
      schedule="cosine",
      epochs=120,
      learning_rate=0.01,
      weight_decay=1e-4,
    ),
    """Ma et al., ICML 2020 (APL).

    python -m experiments.train --recipe=apl/cifar10 --loss=published:nce+rce \\
      --noise_rate=0.4 --data_dir=DIR
    """,
    class_map="cifar10_in_turn",
  ),
  "apl/cifar100": Recipe(
    dict(
      **_CIFAR100,
      **_APL,
      schedule="cosine",
      epochs=200,
      learning_rate=0.1,
      weight_decay=1e-5,
    ),
    """Ma et al., ICML 2020 (APL).

    python -m experiments.train --recipe=apl/cifar100 --loss=published:nce+rce \\
      --noise_rate=0.4 --data_dir=DIR
    """,
  ),
  "jal/cifar10": Recipe(
    dict(**_CIFAR10, **_ANL, epochs=120, learning_rate=0.01, l1=5e-5),
    """Wang et al., ICCV 2025 (JAL). This loss is their JAL-CE; nfl+amse is JAL-FL. The
    losses and the L1 norm were read in their code; all else is that of the codes of ANL
    and epsilon-softmax, which it builds on.

    python -m experiments.train --recipe=jal/cifar10 --loss=published:nce+amse \\
      --noise_rate=0.4 --data_dir=DIR
    """,
    class_map="cifar10_in_turn",
  ),
  "jal/cifar100": Recipe(
    dict(**_CIFAR100, **_ANL, epochs=200, learning_rate=0.1, l1=5e-6),
    """Wang et al., ICCV 2025 (JAL), as jal/cifar10. For nfl + nnfl they have --l1=5e-7.

    python -m experiments.train --recipe=jal/cifar100 --loss=published:nce+amse \\
      --noise_rate=0.4 --data_dir=DIR
    """,
  ),
  "apl/webvision-mini": Recipe(
    dict(**_WEBVISION, model="resnet50", batch_size=512),
    """Ma et al., ICML 2020 (APL), on the first 50 classes of WebVision with the noise that
    these images have. Tested on WebVision's and on ImageNet's validation images; where the
    latter are not prepared, --extra_test=none. docs/webvision.md says how to prepare both.

    python -m experiments.train --recipe=apl/webvision-mini --loss=published:nce+rce \\
      --data_dir=DIR
    """,
  ),
  "eps/webvision-mini": Recipe(
    dict(
      **_WEBVISION,
      model="resnet50_zero_init",
      batch_size=256,
      compute_dtype="bfloat16",
    ),
    """Wang et al., NeurIPS 2024 (epsilon-softmax), on the set of apl/webvision-mini, to
    which the same applies. Their batch statistics are of the part of a batch that a device
    has, a quarter; ours are of all of it.

    python -m experiments.train --recipe=eps/webvision-mini --loss=published:ece+mae \\
      --data_dir=DIR
    """,
  ),
  "eps/cifar-n": Recipe(
    dict(
      **_SGD,
      dataset="cifar10",
      noise="human:worse",
      augmentation="crop+flip",
      model="resnet34",
      nesterov=False,
      clip_norm=0.0,
      schedule="steps:60:0.1",
      epochs=100,
      learning_rate=0.1,
      weight_decay=5e-4,
    ),
    """Wang et al., NeurIPS 2024 (epsilon-softmax), on CIFAR-10N, as Wei et al., ICLR 2022,
    who collected these labels: their code augments so, and clips nothing. For CIFAR-100N,
    --dataset=cifar100 --noise=human:noisy.

    python -m experiments.train --recipe=eps/cifar-n --noise=human:aggre --loss=ce \\
      --data_dir=DIR
    """,
    class_map="cifar10_in_turn",
  ),
}


def find(name: str) -> Recipe:
  """Finds a recipe by name.

  Args:
    name: a key of `RECIPES`.

  Returns:
    `Recipe`.

  Raises:
    ValueError: if the name is unknown, with the known ones.
  """
  if name not in RECIPES:
    raise ValueError(f"recipe: unknown {name!r}; known: {', '.join(RECIPES)}")
  return RECIPES[name]


def noise_kind(recipe: Recipe, kind: str, dataset: str) -> str:
  """The kind of noise that a recipe means.

  Args:
    recipe: the recipe.
    kind: kind of noise, as in `TrainConfig`.
    dataset: data set of the run.

  Returns:
    `asymmetric:MAP` for asymmetric noise on the recipe's own data set, if its code has its
    own map; any other kind as it is.
  """
  own = recipe.class_map and kind == "asymmetric" and dataset == recipe.settings["dataset"]
  return f"asymmetric:{recipe.class_map}" if own else kind
