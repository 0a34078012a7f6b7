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


def label_smoothing(z, k, *, alpha=0.1):
  target = (1 - alpha) * np.eye(len(z))[k] + alpha / len(z)
  return -(target * np.log(softmax(z))).sum()


def reverse_cross_entropy(z, k, *, scale=None):
  scale = -np.log(1e-4) if scale is None else scale
  log_target = np.where(np.eye(len(z))[k] == 1, 0, -scale)
  return -(softmax(z) * log_target).sum()


def symmetric_cross_entropy(z, k, *, alpha=0.1, beta=1.0):
  return alpha * cross_entropy(z, k) + beta * reverse_cross_entropy(z, k)


def focal(z, k, *, gamma=0.5):
  # 1 - p_k as a sum: subtracting would round where p_k is nearly 1.
  wrong = np.delete(softmax(z), k).sum()
  return wrong**gamma * (cross_entropy(z, k) if wrong > 0.5 else -np.log1p(-wrong))


def focal_weight(p, gamma=0.5):
  """-dL/dlog p of the focal loss, for p up to 1 - 1e-7."""
  return (1 - p) ** gamma - gamma * p * (1 - p) ** (gamma - 1) * np.log(p)


def normalized(loss):
  def share(z, k):
    return loss(z, k) / sum(loss(z, j) for j in range(len(z)))

  return share


def aul(z, k, *, a=5.5, q=3.0):
  wrong = np.delete(softmax(z), k).sum()
  return ((a - 1 + wrong) ** q - (a - 1) ** q) / q


def agce(z, k, *, a=0.6, q=0.6):
  wrong = np.delete(softmax(z), k).sum()
  # (a + 1)^q (1 - ((a + p) / (a + 1))^q) with p = 1 - wrong, without its cancellation.
  return -((a + 1) ** q) * np.expm1(q * np.log1p(-wrong / (a + 1))) / q


def ael(z, k, *, a=2.5):
  return np.exp(-softmax(z)[k] / a)


def taylor(z, k, *, t=2):
  wrong = np.delete(softmax(z), k).sum()
  return sum(wrong**i / i for i in range(1, t + 1))


def phuber(z, k, *, tau=10):
  p = softmax(z)[k]
  return cross_entropy(z, k) if p > 1 / tau else 1 + np.log(tau) - tau * p


def polysoft(z, k, *, lam=5.0, d=2.0):
  ce, most = cross_entropy(z, k), (d - 1) / d * lam
  return most * (1 - (1 - ce / lam) ** (d / (d - 1))) if ce < lam else most


def gain(z, k, *, gamma=0.0, p_min=1e-7):
  """The largest focal loss less that of class k; 0 for a class below p_min."""
  p = softmax(z)
  wrong = np.delete(p, k).sum()
  largest = -((1 - p_min) ** gamma) * np.log(p_min)
  return largest + wrong**gamma * np.log(p[k]) if p[k] > p_min else 0.0


def normalized_negative(gain):
  def loss(z, k):
    gains = [gain(z, j) for j in range(len(z))]
    return 1 - gains[k] / sum(gains)

  return loss


def gradient_of_rest(gain, slope):
  """dL/dz of 1 - gain(p_k) / sum_j gain(p_j), where slope = dgain/dlog p."""
  of_share = gradient_of_share(gain, lambda p: -slope(p))

  def gradient(z, k):
    share_gradient, size = of_share(z, k)
    return -share_gradient, size

  return gradient


def eps_softmax(z, k, *, m=1e4, q_min=0.0):
  p = softmax(z)
  if (p[k] + m * (p.argmax() == k)) / (1 + m) < q_min:
    return -np.log(q_min)
  if p.argmax() != k:
    return np.log1p(m) - np.log(p[k])
  # 1 - q_k = (1 - p_k) / (1 + m)
  return -np.log1p(-np.delete(p, k).sum() / (1 + m))


def gradient_of_eps_softmax(z, k, *, m=1e4, q_min=0.0):
  def weight(p):
    likeliest = np.argmax(z) == k
    is_clamped = (p + m * likeliest) / (1 + m) < q_min
    return 0.0 if is_clamped else p / (p + m) if likeliest else 1.0

  return gradient_of_label(weight)(z, k)


def ldr_kl(z, k, *, lam=1.0, c=0.1):
  margins = np.float64(z) - np.float64(z)[k] + c * (np.arange(len(z)) != k)
  # Less the largest, which may be beyond the exponential.
  largest = margins.max()
  return largest + lam * np.log(np.mean(np.exp((margins - largest) / lam)))


def gradient_of_ldr_kl(z, k, *, lam=1.0, c=0.1):
  tilted = (np.float64(z) - c * np.eye(len(z))[k]) / lam
  return gradient_of_label(np.ones_like)(tilted, k)


def amse(z, k, *, a=30.0):
  return ((a * np.eye(len(z))[k] - softmax(z)) ** 2).mean()


def gradient_of_amse(z, k, *, a=30.0):
  p, one_hot = softmax(z), np.eye(len(z))[k]
  slope = 2 * (p - a * one_hot) / len(z)
  size = p * (abs(slope) + (p * abs(slope)).sum())
  gradient = p * (slope - (p * slope).sum())
  # At the label the terms have one sign once they are sorted.
  wrong = np.delete(p, k)
  pull = (a - p[k]) * wrong.sum() + (wrong**2).sum()
  gradient[k], size[k] = -2 * p[k] * pull / len(z), 2 * p[k] * pull / len(z)
  return gradient, size


def divergence(p, q):
  """KL(p, q), with 0 log 0 = 0."""
  return (p * np.log(np.where(p > 0, p, 1) / q)).sum()


def jensen_shannon(z, k, *, pi=0.5):
  return generalized_jensen_shannon([z], k, pi=pi)


def generalized_jensen_shannon(views, k, *, pi=0.5):
  label, ps = np.eye(len(views[0]))[k], [softmax(z) for z in views]
  mean = pi * label + (1 - pi) * sum(ps) / len(ps)
  of_views = sum(divergence(p, mean) for p in ps) / len(ps)
  whole = pi * divergence(label, mean) + (1 - pi) * of_views
  return whole / (-(1 - pi) * np.log1p(-pi))


def tempered_softmax(z, t):
  z = np.asarray(z, np.float64)
  if t == 1:
    return softmax(z)

  def probabilities(offset):
    return np.maximum(1 + (1 - t) * (z - offset), 0) ** (1 / (1 - t))

  # All the mass on the largest logit, or the same on every class, bracket the offset.
  low, high = z.max(), z.max() + (len(z) ** (t - 1) - 1) / (t - 1)
  for _ in range(200):
    middle = (low + high) / 2
    low, high = (middle, high) if probabilities(middle).sum() > 1 else (low, middle)
  return probabilities((low + high) / 2)


def bi_tempered(z, k, *, t1=0.8, t2=1.2):
  p = tempered_softmax(z, t2)
  log = np.log(p[k]) if t1 == 1 else (p[k] ** (1 - t1) - 1) / (1 - t1)
  return -log - (1 - (p ** (2 - t1)).sum()) / (2 - t1)


def gradient_of_bi_tempered(z, k, *, t1=0.8, t2=1.2):
  p = tempered_softmax(z, t2)
  error = p.copy()
  error[k] = -np.delete(p, k).sum()
  inside = np.where(p > 0, p, 1)
  pull = np.where(p > 0, error * inside ** (t2 - t1), 0)
  escort = np.where(p > 0, inside**t2, 0)
  escort /= escort.sum()
  return pull - escort * pull.sum(), np.abs(pull) + escort * np.abs(pull).sum()


def gradient_of_label(weight):
  """dL/dz of a loss of p_k alone: weight(p_k) (p - e_k), where weight = -dL/dlog p_k.

  Like the other gradients, gives also the sum of the sizes of the terms, against which a
  difference of them rounds; here each entry is one term.
  """

  def gradient(z, k):
    p = softmax(z)
    error = p.copy()
    error[k] = -np.delete(p, k).sum()
    return weight(p[k]) * error, np.abs(weight(p[k]) * error)

  return gradient


def gradient_of_share(loss, weight):
  """dL/dz of loss(p_k) / sum_j loss(p_j), where weight = -dloss/dlog p."""

  def gradient(z, k):
    p, one_hot = softmax(z), np.eye(len(z))[k]
    w, whole = weight(p), sum(loss(z, j) for j in range(len(z)))
    share = loss(z, k) / whole
    gradient = (share * (w - p * w.sum()) - w[k] * (one_hot - p)) / whole
    w = np.abs(w)
    size = (share * (w + p * w.sum()) + w[k] * np.abs(one_hot - p)) / whole
    return gradient, size

  return gradient


def gradient_of_views(views, k, *, pi=0.5):
  """dL/dz of the generalized Jensen-Shannon loss, [V, K]."""
  ps = softmax(views)
  wrong = np.arange(ps.shape[1]) != k
  # log(p_j / m_j), where m_j = (1 - pi) q_j + pi [j = k].
  slopes = np.log(ps) - np.log((1 - pi) * ps.mean(0) + pi * ~wrong)
  slopes -= slopes[:, [k]]
  means = [(p * slope)[wrong].sum() for p, slope in zip(ps, slopes, strict=True)]
  sizes = [(p * abs(slope))[wrong].sum() for p, slope in zip(ps, slopes, strict=True)]
  scale = len(views) * -np.log1p(-pi)
  gradient = ps * (slopes - np.array(means)[:, None]) / scale
  # An entry rounds against the logarithms that its slope is a difference of.
  return gradient, ps * (abs(slopes) + np.array(sizes)[:, None] + 1) / scale


def gradient_of_label_smoothing(z, k, *, alpha=0.1):
  target = (1 - alpha) * np.eye(len(z))[k] + alpha / len(z)
  return softmax(z) - target, softmax(z) + target


def central_difference(function, z, step=1e-6):
  """Gradient of function(z) for one row of logits."""
  z = np.asarray(z, np.float64)
  moves = step * np.eye(len(z))
  return np.array([(function(z + x) - function(z - x)) / (2 * step) for x in moves])
