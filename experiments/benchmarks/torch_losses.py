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


def _tempered_softmax(logits, t2, num_iterations=5):
  """The published algorithm for t2 > 1, a fixed-point iteration."""
  largest = logits.max(dim=1, keepdim=True).values
  shifted = logits - largest
  scaled = shifted
  for _ in range(num_iterations):
    scaled = shifted * _exp_t(scaled, t2).sum(dim=1, keepdim=True) ** (1 - t2)
  total = _exp_t(scaled, t2).sum(dim=1, keepdim=True)
  return _exp_t(shifted + (total ** (t2 - 1) - 1) / (1 - t2), t2)


def _exp_t(x, t):
  return torch.relu(1 + (1 - t) * x) ** (1 / (1 - t))


class _BiTempered(torch.autograd.Function):
  """The bi-tempered loss with its gradient in closed form, as published code has it."""

  @staticmethod
  def forward(ctx, logits, one_hot, t1, t2):
    probs = _tempered_softmax(logits, t2)
    ctx.save_for_backward(probs, one_hot)
    ctx.temperatures = t1, t2
    log_t = (probs ** (1 - t1) - 1) / (1 - t1)
    return torch.sum(-one_hot * log_t - (one_hot - probs ** (2 - t1)) / (2 - t1), dim=1)

  @staticmethod
  def backward(ctx, cotangent):
    (probs, one_hot), (t1, t2) = ctx.saved_tensors, ctx.temperatures
    pull = (probs - one_hot) * probs ** (t2 - t1)
    escort = probs**t2
    mean = pull.sum(dim=1, keepdim=True) / escort.sum(dim=1, keepdim=True)
    return cotangent[:, None] * (pull - escort * mean), None, None, None


class _BiTemperedByLabel(torch.autograd.Function):
  """The same without one-hot labels, and with each power taken once."""

  @staticmethod
  def forward(ctx, logits, labels, t1, t2):
    probs = _tempered_softmax(logits, t2)
    ctx.save_for_backward(probs, labels)
    ctx.temperatures = t1, t2
    label = probs.gather(1, labels[:, None])[:, 0]
    powers = (probs ** (2 - t1)).sum(dim=1)
    return -(label ** (1 - t1) - 1) / (1 - t1) - (1 - powers) / (2 - t1)

  @staticmethod
  def backward(ctx, cotangent):
    (probs, labels), (t1, t2) = ctx.saved_tensors, ctx.temperatures
    power = probs ** (t2 - t1)
    pull = probs * power
    pull.scatter_add_(1, labels[:, None], -power.gather(1, labels[:, None]))
    escort = probs**t2
    mean = pull.sum(dim=1, keepdim=True) / escort.sum(dim=1, keepdim=True)
    return (pull - escort * mean) * cotangent[:, None], None, None, None


def _bi_tempered_usual(logits, labels):
  one_hot = functional.one_hot(labels, logits.shape[1]).float()
  return _BiTempered.apply(logits, one_hot, 0.8, 1.2).mean()


def _bi_tempered_best(logits, labels):
  return _BiTemperedByLabel.apply(logits, labels, 0.8, 1.2).mean()


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
  "bi_tempered": _bi_tempered_usual,
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
  "bi_tempered": _bi_tempered_best,
}
