"""Grids with the protocols of papers, which `grids` adds to its own."""

from collections.abc import Mapping
from typing import Any

from noisy_jax import losses
from noisy_jax.sweeps import published_losses, recipes


def star(expression: str) -> dict[str, Any]:
  """The loss with the automatic logit bias, which a star marks."""
  return {"loss": expression, "logit_bias": "auto"}


PUBLISHED = {
  "GCE": "gce",
  "SCE": "sce",
  "NCE+MAE": "nce+mae",
  "NCE+RCE": "nce+rce",
  "NFL+MAE": "nfl+mae",
  "AUL": "aul",
  "AGCE": "agce",
  "AEL": "ael",
  "NCE+AUL": "nce+aul",
  "NCE+AGCE": "nce+agce",
  "NCE+AEL": "nce+ael",
}


def _with_published(dataset):
  """The losses of the ALFs paper that have hyperparameters for the data set."""
  # From the code of eps-softmax, whose paper has the accuracies to compare with.
  known = {(row.loss, row.dataset) for row in losses.PUBLISHED}
  return {
    "CE": "ce",
    "MAE": "mae",
    **{
      name: str(published_losses.published_by("eps", key, dataset))
      for name, key in PUBLISHED.items()
      if (key, dataset) in known
    },
    "bi-tempered": "bi_tempered",
  }


# Up to 10 classes the bias is 0, so that MAE* is MAE and GCE* is GCE. These two sums differ
# from their namesakes: their weights are 1, and the rest are the losses' defaults.
_UNTUNED_SUMS = {"NFL+MAE*": star("nfl + mae"), "NCE+AGCE*": star("nce + agce")}
_STARRED = {"MAE*": star("mae"), "GCE*": star("gce"), **_UNTUNED_SUMS}


def _noise(asymmetric="asymmetric"):
  """The kinds of noise of the ALFs paper."""
  return [
    "clean",
    *(f"symmetric {rate}" for rate in (0.2, 0.4, 0.6, 0.8)),
    *(f"{asymmetric} {rate}" for rate in (0.1, 0.2, 0.3, 0.4)),
  ]


GRIDS: dict[str, Mapping[str, Any]] = {
  "fashion_mnist": dict(
    settings=recipes.find("alfs/mnist").settings,
    datasets=["fashion_mnist"],
    noise=_noise(),
    # Nobody has published hyperparameters for this set: these are for MNIST.
    losses=_with_published("mnist") | _UNTUNED_SUMS,
    seeds=5,
  ),
  "cifar10": dict(
    settings=recipes.find("alfs/cifar10").settings,
    datasets=["cifar10"],
    noise=_noise("asymmetric:cifar10_in_turn"),
    losses=_with_published("cifar10") | _UNTUNED_SUMS,
    seeds=5,
  ),
  "cifar100": dict(
    settings=recipes.find("alfs/cifar100").settings,
    datasets=["cifar100"],
    noise=_noise(),
    losses=_with_published("cifar100") | _STARRED,
    seeds=5,
  ),
  "cifar10n": dict(
    settings=recipes.find("eps/cifar-n").settings,
    datasets=["cifar10"],
    noise=[
      "clean",
      *(f"human:{kind}" for kind in ("aggre", "random1", "random2", "random3", "worse")),
    ],
    losses=_with_published("cifar10") | _UNTUNED_SUMS,
    seeds=5,
  ),
  # Clean means without further noise: nobody knows which labels of the set are wrong.
  "webvision": dict(
    settings=recipes.find("eps/webvision-mini").settings,
    datasets=["webvision/mini"],
    noise=["clean"],
    losses=_with_published("webvision") | _STARRED,
    seeds=5,
  ),
}
