"""Losses in float64 numpy, written from the papers and apart from the code."""

import numpy as np


def softmax(z):
  z = np.asarray(z, np.float64)
  powers = np.exp(z - z.max(-1, keepdims=True))
  return powers / powers.sum(-1, keepdims=True)


def cross_entropy(z, k):
  return -np.log(softmax(z)[k])


def mae(z, k, *, scale=2.0):
  # The definition, a sum over classes; 1 - p_k on the way would round.
  one_hot = np.eye(len(z))[k]
  return scale / 2 * np.abs(one_hot - softmax(z)).sum()


def generalized_cross_entropy(z, k, *, q=0.7):
  return (1 - softmax(z)[k] ** q) / q


def central_difference(function, z, step=1e-6):
  """Gradient of function(z) for one row of logits."""
  z = np.asarray(z, np.float64)
  moves = step * np.eye(len(z))
  return np.array(
    [(function(z + move) - function(z - move)) / (2 * step) for move in moves]
  )
