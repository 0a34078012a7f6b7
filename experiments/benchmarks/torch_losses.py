"""The losses as PyTorch users write them, for `losses.py` to be compared with.

`USUAL` is the form of published code: softmax, one-hot labels, a sum over classes. `BEST`
is what one writes who knows the library: the label's log-probability from PyTorch's fused
cross-entropy, wherever the formula allows it. Each function gives the mean over the
examples, with the hyperparameters that the losses have by default.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from experiments.benchmarks.torch_bi_tempered import (
  bi_tempered_best,
  bi_tempered_usual,
)

TorchLoss = Callable[[Tensor, Tensor], Tensor]

_A = -math.log(1e-4)


def _of_label_usual(loss: Callable[[Tensor], Tensor]) -> TorchLoss:
  def mean(logits, labels):
    probs = functional.softmax(logits, dim=1).clamp(min=1e-7, max=1.0)
    one_hot = functional.one_hot(labels, logits.shape[1]).float()
    return loss(torch.sum(one_hot * probs, dim=1)).mean()

  return mean


def _of_label_best(loss: Callable[[Tensor], Tensor]) -> TorchLoss:
  def mean(logits, labels):
    log_p = -functional.cross_entropy(logits, labels, reduction="none")
    return loss(log_p).mean()

  return mean


def _share_usual(loss: Callable[[Tensor], Tensor]) -> TorchLoss:
  def mean(logits, labels):
    every = loss(functional.log_softmax(logits, dim=1))
    one_hot = functional.one_hot(labels, logits.shape[1]).float()
    return (torch.sum(one_hot * every, dim=1) / every.sum(dim=1)).mean()

  return mean


def _share_best(loss: Callable[[Tensor], Tensor]) -> TorchLoss:
  def mean(logits, labels):
    every = loss(functional.log_softmax(logits, dim=1))
    label = every.gather(1, labels[:, None])[:, 0]
    return (label / every.sum(dim=1)).mean()

  return mean


def _cross_entropy_usual(logits, labels):
  one_hot = functional.one_hot(labels, logits.shape[1]).float()
  return -torch.sum(one_hot * functional.log_softmax(logits, dim=1), dim=1).mean()


def _label_smoothing_usual(logits, labels):
  one_hot = functional.one_hot(labels, logits.shape[1]).float()
  target = 0.9 * one_hot + 0.1 / logits.shape[1]
  return -torch.sum(target * functional.log_softmax(logits, dim=1), dim=1).mean()


def _label_smoothing_best(logits, labels):
  return functional.cross_entropy(logits, labels, label_smoothing=0.1)


def _reverse_usual(logits, labels):
  probs = functional.softmax(logits, dim=1).clamp(min=1e-7, max=1.0)
  one_hot = functional.one_hot(labels, logits.shape[1]).float().clamp(min=1e-4, max=1.0)
  return -torch.sum(probs * torch.log(one_hot), dim=1).mean()


def _symmetric_usual(logits, labels):
  cross_entropy = functional.cross_entropy(logits, labels)
  return 0.1 * cross_entropy + _reverse_usual(logits, labels)


def _sum_of(*losses: TorchLoss) -> TorchLoss:
  return lambda logits, labels: sum(loss(logits, labels) for loss in losses)


def _normalized_best(logits, labels):
  log_p = -functional.cross_entropy(logits, labels, reduction="none")
  label = logits.gather(1, labels[:, None])[:, 0]
  # sum_j log p_j from the sum of the logits.
  total = logits.sum(dim=1) - logits.shape[1] * (label - log_p)
  return (log_p / total).mean()


def _focal(log_p):
  return -log_p * (1 - log_p.exp()) ** 0.5


def _detached_focal(log_p):
  return -log_p * ((1 - log_p.exp()) ** 0.5).detach()


def _agce_of_prob(p):
  return (1.6**0.6 - (0.6 + p) ** 0.6) / 0.6


def _aul_of_prob(p):
  return ((5.5 - p) ** 3 - 4.5**3) / 3


def _taylor(error):
  return error + error**2 / 2


def _phuber_of_prob(p):
  return torch.where(p > 0.1, -torch.log(p), 1 + math.log(10) - 10 * p)


def _phuber(log_p):
  return torch.where(log_p > -math.log(10), -log_p, 1 + math.log(10) - 10 * log_p.exp())


def _polysoft(log_p):
  return 2.5 * (1 - (1 + log_p / 5).clamp(min=0) ** 2)


def _jensen_shannon_usual(logits, labels):
  probs = functional.softmax(logits, dim=1)
  one_hot = functional.one_hot(labels, logits.shape[1]).float()
  log_mean = (0.5 * (one_hot + probs)).clamp(min=1e-7, max=1.0).log()

  def divergence(target):
    return torch.sum(target * (target.clamp(min=1e-7).log() - log_mean), dim=1)

  return (divergence(one_hot) + divergence(probs)).mean() / math.log(2)


def _jensen_shannon(log_p):
  p = log_p.exp()
  log_m = torch.log1p(p) - math.log(2)
  return (p * (log_p - log_m) - log_m + (1 - p) * math.log(2)) / math.log(2)


def _gain(log_p):
  return functional.relu(log_p - math.log(1e-7))


def _focal_gain(log_p):
  largest = -math.log(1e-7) * (1 - 1e-7) ** 0.5
  return largest - _focal(log_p.clamp(min=math.log(1e-7)))


def _eps_softmax_usual(logits, labels):
  probs = functional.softmax(logits, dim=1).clone()
  rows = torch.arange(len(probs), device=probs.device)
  probs[rows, torch.argmax(probs, dim=1)] += 1e4
  probs = (probs / (1e4 + 1)).clamp(min=1e-12)
  return functional.nll_loss(torch.log(probs), labels)


def _eps_softmax_best(logits, labels):
  log_p = -functional.cross_entropy(logits, labels, reduction="none")
  agrees = logits.argmax(dim=1) == labels
  log_q = torch.where(agrees, torch.log1p(torch.expm1(log_p) / (1e4 + 1)), log_p)
  return (torch.where(agrees, 0.0, math.log(1e4 + 1)) - log_q).mean()


def _robust_usual(logits, labels):
  one_hot = functional.one_hot(labels, logits.shape[1]).float()
  label = torch.sum(one_hot * logits, dim=1, keepdim=True)
  margins = logits - label + 0.1 * (1 - one_hot)
  largest = margins.max(dim=1, keepdim=True).values.detach()
  mean = torch.exp(margins - largest).mean(dim=1, keepdim=True)
  return (torch.log(mean) + largest).mean()


def _robust_best(logits, labels):
  c = torch.full((len(labels), 1), -0.1, device=logits.device)
  tilted = logits.scatter_add(1, labels[:, None], c)
  return functional.cross_entropy(tilted, labels) - math.log(logits.shape[1])


def _squared_usual(logits, labels):
  probs = functional.softmax(logits, dim=1)
  one_hot = functional.one_hot(labels, logits.shape[1]).float()
  return ((30 * one_hot - probs) ** 2).mean()


def _squared_best(logits, labels):
  probs = functional.softmax(logits, dim=1)
  label = probs.gather(1, labels[:, None])[:, 0]
  return (900 - 60 * label + (probs**2).sum(dim=1)).mean() / logits.shape[1]


def _rest_of(share: TorchLoss) -> TorchLoss:
  return lambda logits, labels: 1 - share(logits, labels)


_agce_usual = _of_label_usual(_agce_of_prob)
_agce_best = _of_label_best(lambda log_p: _agce_of_prob(log_p.exp()))
_nce_usual = _share_usual(torch.neg)

USUAL: dict[str, TorchLoss] = {
  "ce": _cross_entropy_usual,
  "ls": _label_smoothing_usual,
  "mae": _of_label_usual(lambda p: 2 * (1 - p)),
  "rce": _reverse_usual,
  "sce": _symmetric_usual,
  "gce": _of_label_usual(lambda p: (1 - p**0.7) / 0.7),
  "fl": _of_label_usual(lambda p: -((1 - p) ** 0.5) * torch.log(p)),
  "nce": _nce_usual,
  "nfl": _share_usual(_focal),
  "nfl(detach=True)": _share_usual(_detached_focal),
  "ngce": _share_usual(lambda log_p: 1 - log_p.exp() ** 0.7),
  "aul": _of_label_usual(_aul_of_prob),
  "agce": _agce_usual,
  "ael": _of_label_usual(lambda p: torch.exp(-p / 2.5)),
  "nce + agce": _sum_of(_nce_usual, _agce_usual),
  "bi_tempered": bi_tempered_usual,
  "taylor_ce": _of_label_usual(lambda p: _taylor(1 - p)),
  "phuber_ce": _of_label_usual(_phuber_of_prob),
  "polysoft": _of_label_usual(lambda p: _polysoft(torch.log(p))),
  "js": _jensen_shannon_usual,
  "gjs": _jensen_shannon_usual,
  "nnce": _rest_of(_share_usual(_gain)),
  "nnfl": _rest_of(_share_usual(_focal_gain)),
  "ece": _eps_softmax_usual,
  "ldr_kl": _robust_usual,
  "amse": _squared_usual,
}

BEST: dict[str, TorchLoss] = {
  "ce": functional.cross_entropy,
  "ls": _label_smoothing_best,
  "mae": _of_label_best(lambda log_p: -2 * torch.expm1(log_p)),
  "rce": _of_label_best(lambda log_p: -_A * torch.expm1(log_p)),
  "sce": _of_label_best(lambda log_p: -0.1 * log_p - _A * torch.expm1(log_p)),
  "gce": _of_label_best(lambda log_p: -torch.expm1(0.7 * log_p) / 0.7),
  "fl": _of_label_best(_focal),
  "nce": _normalized_best,
  "nfl": _share_best(_focal),
  "nfl(detach=True)": _share_best(_detached_focal),
  "ngce": _share_best(lambda log_p: -torch.expm1(0.7 * log_p)),
  "aul": _of_label_best(lambda log_p: _aul_of_prob(log_p.exp())),
  "agce": _agce_best,
  "ael": _of_label_best(lambda log_p: torch.exp(-log_p.exp() / 2.5)),
  "nce + agce": _sum_of(_normalized_best, _agce_best),
  "bi_tempered": bi_tempered_best,
  "taylor_ce": _of_label_best(lambda log_p: _taylor(-torch.expm1(log_p))),
  "phuber_ce": _of_label_best(_phuber),
  "polysoft": _of_label_best(_polysoft),
  "js": _of_label_best(_jensen_shannon),
  "gjs": _of_label_best(_jensen_shannon),
  "nnce": _rest_of(_share_best(_gain)),
  "nnfl": _rest_of(_share_best(_focal_gain)),
  "ece": _eps_softmax_best,
  "ldr_kl": _robust_best,
  "amse": _squared_best,
}
