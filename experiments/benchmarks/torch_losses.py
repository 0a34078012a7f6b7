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

from experiments.benchmarks.torch_bi_tempered import BiTempered, BiTemperedByLabel

TorchLoss = Callable[[Tensor, Tensor], Tensor]
Function = Callable[[Tensor], Tensor]

_A = -math.log(1e-4)
_SMALLEST = math.log(1e-7)


def _one_hot(logits, labels):
  return functional.one_hot(labels, logits.shape[1]).float()


def _probs(logits):
  return functional.softmax(logits, dim=1).clamp(min=1e-7, max=1.0)


def _log_p(logits, labels):
  return -functional.cross_entropy(logits, labels, reduction="none")


def _at_label(values, labels):
  return values.gather(1, labels[:, None])[:, 0]


def _of_label_usual(loss: Function) -> TorchLoss:
  """A loss of the label's probability."""
  return lambda z, y: loss(torch.sum(_one_hot(z, y) * _probs(z), dim=1)).mean()


def _of_label_best(loss: Function) -> TorchLoss:
  """A loss of the label's log-probability."""
  return lambda z, y: loss(_log_p(z, y)).mean()


def _of_exp(loss: Function) -> Function:
  return lambda log_p: loss(log_p.exp())


def _share_usual(loss: Function) -> TorchLoss:
  """The label's share of a loss's sum over the classes."""

  def mean(logits, labels):
    every = loss(functional.log_softmax(logits, dim=1))
    label = torch.sum(_one_hot(logits, labels) * every, dim=1)
    return (label / every.sum(dim=1)).mean()

  return mean


def _share_best(loss: Function) -> TorchLoss:
  def mean(logits, labels):
    every = loss(functional.log_softmax(logits, dim=1))
    return (_at_label(every, labels) / every.sum(dim=1)).mean()

  return mean


def _rest_of(share: TorchLoss) -> TorchLoss:
  return lambda logits, labels: 1 - share(logits, labels)


def _sum_of(*losses: TorchLoss) -> TorchLoss:
  return lambda logits, labels: sum(loss(logits, labels) for loss in losses)


def _cross_entropy(logits, labels):
  log_probs = functional.log_softmax(logits, dim=1)
  return -torch.sum(_one_hot(logits, labels) * log_probs, dim=1).mean()


def _label_smoothing(logits, labels):
  target = 0.9 * _one_hot(logits, labels) + 0.1 / logits.shape[1]
  return -torch.sum(target * functional.log_softmax(logits, dim=1), dim=1).mean()


def _reverse(logits, labels):
  one_hot = _one_hot(logits, labels).clamp(min=1e-4, max=1.0)
  return -torch.sum(_probs(logits) * torch.log(one_hot), dim=1).mean()


def _normalized_best(logits, labels):
  log_p = _log_p(logits, labels)
  # sum_j log p_j from the sum of the logits.
  label = _at_label(logits, labels)
  return (log_p / (logits.sum(dim=1) - logits.shape[1] * (label - log_p))).mean()


def _focal(log_p):
  return -log_p * (1 - log_p.exp()) ** 0.5


def _detached_focal(log_p):
  return -log_p * ((1 - log_p.exp()) ** 0.5).detach()


def _agce(p):
  return (1.6**0.6 - (0.6 + p) ** 0.6) / 0.6


def _aul(p):
  return ((5.5 - p) ** 3 - 4.5**3) / 3


def _taylor(error):
  return error + error**2 / 2


def _phuber_usual(p):
  return torch.where(p > 0.1, -torch.log(p), 1 + math.log(10) - 10 * p)


def _phuber_best(log_p):
  return torch.where(log_p > -math.log(10), -log_p, 1 + math.log(10) - 10 * log_p.exp())


def _polysoft(log_p):
  return 2.5 * (1 - (1 + log_p / 5).clamp(min=0) ** 2)


def _jensen_shannon_usual(logits, labels):
  probs = functional.softmax(logits, dim=1)
  one_hot = _one_hot(logits, labels)
  log_mean = (0.5 * (one_hot + probs)).clamp(min=1e-7, max=1.0).log()

  def divergence(target):
    return torch.sum(target * (target.clamp(min=1e-7).log() - log_mean), dim=1)

  return (divergence(one_hot) + divergence(probs)).mean() / math.log(2)


def _jensen_shannon_best(log_p):
  p = log_p.exp()
  log_m = torch.log1p(p) - math.log(2)
  return (p * (log_p - log_m) - log_m + (1 - p) * math.log(2)) / math.log(2)


def _gain(log_p):
  return functional.relu(log_p - _SMALLEST)


def _focal_gain(log_p):
  return -_SMALLEST * (1 - 1e-7) ** 0.5 - _focal(log_p.clamp(min=_SMALLEST))


def _eps_softmax_usual(logits, labels):
  probs = functional.softmax(logits, dim=1).clone()
  rows = torch.arange(len(probs), device=probs.device)
  probs[rows, torch.argmax(probs, dim=1)] += 1e4
  probs = (probs / (1e4 + 1)).clamp(min=1e-12)
  return functional.nll_loss(torch.log(probs), labels)


def _eps_softmax_best(logits, labels):
  log_p = _log_p(logits, labels)
  agrees = logits.argmax(dim=1) == labels
  log_q = torch.where(agrees, torch.log1p(torch.expm1(log_p) / (1e4 + 1)), log_p)
  return (torch.where(agrees, 0.0, math.log(1e4 + 1)) - log_q).mean()


def _robust_usual(logits, labels):
  one_hot = _one_hot(logits, labels)
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
  return ((30 * _one_hot(logits, labels) - probs) ** 2).mean()


def _squared_best(logits, labels):
  probs = functional.softmax(logits, dim=1)
  label = _at_label(probs, labels)
  return (900 - 60 * label + (probs**2).sum(dim=1)).mean() / logits.shape[1]


# Of the label's probability, and of its logarithm.
_OF_LABEL: dict[str, tuple[Function, Function]] = {
  "mae": (lambda p: 2 * (1 - p), lambda log_p: -2 * torch.expm1(log_p)),
  "gce": (lambda p: (1 - p**0.7) / 0.7, lambda log_p: -torch.expm1(0.7 * log_p) / 0.7),
  "fl": (lambda p: -((1 - p) ** 0.5) * torch.log(p), _focal),
  "aul": (_aul, _of_exp(_aul)),
  "agce": (_agce, _of_exp(_agce)),
  "ael": (lambda p: torch.exp(-p / 2.5), lambda log_p: torch.exp(-log_p.exp() / 2.5)),
  "taylor_ce": (lambda p: _taylor(1 - p), lambda log_p: _taylor(-torch.expm1(log_p))),
  "phuber_ce": (_phuber_usual, _phuber_best),
  "polysoft": (lambda p: _polysoft(torch.log(p)), _polysoft),
}
_FORMS: dict[str, tuple[TorchLoss, TorchLoss]] = {
  "ce": (_cross_entropy, functional.cross_entropy),
  "ls": (
    _label_smoothing,
    lambda z, y: functional.cross_entropy(z, y, label_smoothing=0.1),
  ),
  "rce": (_reverse, _of_label_best(lambda log_p: -_A * torch.expm1(log_p))),
  "sce": (
    _sum_of(lambda z, y: 0.1 * functional.cross_entropy(z, y), _reverse),
    _of_label_best(lambda log_p: -0.1 * log_p - _A * torch.expm1(log_p)),
  ),
  "nce": (_share_usual(torch.neg), _normalized_best),
  "nfl": (_share_usual(_focal), _share_best(_focal)),
  "nfl(detach=True)": (_share_usual(_detached_focal), _share_best(_detached_focal)),
  "ngce": (
    _share_usual(lambda log_p: 1 - log_p.exp() ** 0.7),
    _share_best(lambda log_p: -torch.expm1(0.7 * log_p)),
  ),
  "nce + agce": (
    _sum_of(_share_usual(torch.neg), _of_label_usual(_agce)),
    _sum_of(_normalized_best, _of_label_best(_of_exp(_agce))),
  ),
  "bi_tempered": (
    lambda z, y: BiTempered.apply(z, _one_hot(z, y), 0.8, 1.2).mean(),
    lambda z, y: BiTemperedByLabel.apply(z, y, 0.8, 1.2).mean(),
  ),
  "js": (_jensen_shannon_usual, _of_label_best(_jensen_shannon_best)),
  "gjs": (_jensen_shannon_usual, _of_label_best(_jensen_shannon_best)),
  "nnce": (_rest_of(_share_usual(_gain)), _rest_of(_share_best(_gain))),
  "nnfl": (_rest_of(_share_usual(_focal_gain)), _rest_of(_share_best(_focal_gain))),
  "ece": (_eps_softmax_usual, _eps_softmax_best),
  "ldr_kl": (_robust_usual, _robust_best),
  "amse": (_squared_usual, _squared_best),
}
USUAL = {name: _of_label_usual(loss) for name, (loss, _) in _OF_LABEL.items()}
USUAL |= {name: loss for name, (loss, _) in _FORMS.items()}
BEST = {name: _of_label_best(loss) for name, (_, loss) in _OF_LABEL.items()}
BEST |= {name: loss for name, (_, loss) in _FORMS.items()}
