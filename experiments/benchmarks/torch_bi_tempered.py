"""The bi-tempered loss as PyTorch users write it, for `torch_losses`."""

import torch


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


def _centred(pull, escort):
  mean = pull.sum(dim=1, keepdim=True) / escort.sum(dim=1, keepdim=True)
  return pull - escort * mean


class BiTempered(torch.autograd.Function):
  """The loss with its gradient in closed form, as published code has it."""

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
    return cotangent[:, None] * _centred(pull, probs**t2), None, None, None


class BiTemperedByLabel(torch.autograd.Function):
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
    return _centred(pull, probs**t2) * cotangent[:, None], None, None, None
