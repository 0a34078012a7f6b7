"""Closed forms of each loss: gradient weights, range, symmetry.

The gradient follows from the weights w: dL/dz_j = p_j sum_i w_i - w_j. For a loss of p_k
alone it is w_k (p_j - [j = k]), cross-entropy's times w_k. The strings are expressions in
p, the probability of the class, and in the hyperparameters, with ^ for powers. Tests
evaluate all but `formula` and `gradient`, and compare them with the functions.

Source of the conditions for asymmetry: Zhou et al., ICML 2021; our own derivation for
losses that are not in that paper.
"""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Properties:
  """A loss in closed form.

  Attributes:
    formula: L, as in the docstring.
    weight: w_k = -dL/dlog p_k, without `detach`; empty where `gradient` is not.
    wrong_weight: w_j = -dL/dlog p_j for j != k, with K classes, L the loss and S the sum
      over classes in its formula.
    low: the infimum of L.
    high: the supremum of L.
    symmetric: whether the sum of L over all labels is constant.
    asymmetric: for a loss of p_k alone, the least ratio of the clean label's probability to
      any other's at which the loss is asymmetric: 1 is any noise, inf none, nan has no
      closed form. Empty for other losses.
    gradient: dL/dz_j in words, where p is not the softmax or a weight not a function of p.
    ranges: interval of each hyperparameter that has one.
  """

  formula: str
  weight: str
  wrong_weight: str = "0"
  low: str = "0"
  high: str = "inf"
  symmetric: str = "False"
  asymmetric: str = "inf"
  gradient: str = ""
  ranges: Mapping[str, str] = dataclasses.field(default_factory=dict)

  @property
  def of_label_alone(self) -> bool:
    """Whether L is a function of p_k alone, with p the softmax."""
    return bool(self.weight) and self.wrong_weight == "0"


_JENSEN_SHANNON = Properties(
  "(pi KL(e, m) + (1 - pi) KL(p, m)) / Z",
  weight="1 if pi == 0 else p if pi == 1"
  " else -p * log(1 + pi / ((1 - pi) * p)) / log(1 - pi)",
  high="inf if pi == 0 else 1 if pi == 1 else 1 + pi * log(pi) / ((1 - pi) * log(1 - pi))",
  symmetric="pi == 1",
  asymmetric="1 if pi == 1 else inf",
  ranges={"pi": "[0, 1]"},
)

PROPERTIES: dict[str, Properties] = {
  "ce": Properties("-log p_k", weight="1"),
  "ls": Properties(
    "-(1 - alpha) log p_k - alpha/K sum_j log p_j",
    weight="1 - alpha + alpha / K",
    wrong_weight="alpha / K",
    asymmetric="",
    low="-(1 - alpha + alpha/K) * log(1 - alpha + alpha/K)"
    " - (K - 1) * alpha/K * log(alpha/K) if alpha > 0 else 0 if alpha == 0 else -inf",
    ranges={"alpha": "(-inf, 1]"},
  ),
  "mae": Properties(
    "scale * (1 - p_k)",
    weight="scale * p",
    high="scale",
    symmetric="True",
    asymmetric="1",
    ranges={"scale": "(0, inf)"},
  ),
  "rce": Properties(
    "-sum_j p_j log e_j = scale * (1 - p_k)",
    weight="scale * p",
    high="scale",
    symmetric="True",
    asymmetric="1",
    ranges={"scale": "(0, inf)"},
  ),
  "sce": Properties(
    "-alpha log p_k + beta * scale * (1 - p_k)",
    weight="alpha + beta * scale * p",
    high="inf if alpha > 0 else beta * scale",
    symmetric="alpha == 0",
    asymmetric="inf if alpha > 0 else 1",
    ranges={"alpha": "[0, inf)", "beta": "[0, inf)", "scale": "(0, inf)"},
  ),
  "gce": Properties(
    "(1 - p_k^q) / q",
    weight="p^q",
    high="1/q if q > 0 else inf",
    symmetric="q == 1",
    asymmetric="1 if q == 1 else inf",
    ranges={"q": "[0, 1]"},
  ),
  "fl": Properties(
    "-(1 - p_k)^gamma log p_k",
    weight="(1 - p)^gamma - gamma * p * (1 - p)^(gamma - 1) * log(p)",
    ranges={"gamma": "[0, inf)"},
  ),
  "nce": Properties(
    "log p_k / sum_j log p_j",
    weight="-(1 - L) / S",
    wrong_weight="L / S",
    high="1",
    symmetric="True",
    asymmetric="",
  ),
  "nfl": Properties(
    "F(p_k) / sum_j F(p_j), with F(p) = -(1 - p)^gamma log p",
    weight="((1 - p)^gamma - gamma * p * (1 - p)^(gamma - 1) * log(p)) * (1 - L) / S",
    wrong_weight="-((1 - p)^gamma - gamma * p * (1 - p)^(gamma - 1) * log(p)) * L / S",
    ranges={"gamma": "[0, inf)"},
    high="1",
    symmetric="True",
    asymmetric="",
  ),
  "ngce": Properties(
    "(1 - p_k^q) / sum_j (1 - p_j^q)",
    weight="q * p^q * (1 - L) / S",
    wrong_weight="-q * p^q * L / S",
    high="1 / (K - (K - 1)^(1 - q))",
    ranges={"q": "[0, 1]"},
    symmetric="True",
    asymmetric="",
  ),
  "aul": Properties(
    "((a - p_k)^q - (a - 1)^q) / q",
    weight="p * (a - p)^(q - 1)",
    high="(a^q - (a - 1)^q) / q",
    symmetric="q == 1",
    asymmetric="max(1, (a / (a - 1))^(q - 1))",
    ranges={"a": "(1, inf)", "q": "(0, inf)"},
  ),
  "agce": Properties(
    "((a + 1)^q - (a + p_k)^q) / q",
    weight="p * (a + p)^(q - 1)",
    high="((a + 1)^q - a^q) / q",
    symmetric="q == 1",
    asymmetric="max(1, (1 + 1/a)^(1 - q))",
    ranges={"a": "(0, inf)", "q": "(0, inf)"},
  ),
  "ael": Properties(
    "exp(-p_k / a)",
    weight="p / a * exp(-p / a)",
    low="exp(-1/a)",
    high="1",
    asymmetric="exp(1/a)",
    ranges={"a": "(0, inf)"},
  ),
  "bi_tempered": Properties(
    "-log_t1 p_k - (1 - sum_j p_j^(2 - t1)) / (2 - t1)",
    weight="",
    high="1 / (1 - t1) if t1 < 1 else inf",
    asymmetric="",
    gradient="d_j - s_j sum_i d_i, with d_j = (p_j - [j = k]) p_j^(t2 - t1)"
    " and s_j = p_j^t2 / sum_i p_i^t2",
    ranges={"t1": "[0, 2)", "t2": "(0, 10]"},
  ),
  "taylor_ce": Properties(
    "sum_{i=1..t} (1 - p_k)^i / i",
    weight="1 - (1 - p)^t",
    high="harmonic(t)",
    symmetric="t == 1",
    asymmetric="t",
  ),
  "phuber_ce": Properties(
    "-log p_k if p_k > 1/tau else 1 + log tau - tau p_k",
    weight="min(1, tau * p)",
    high="1 + log(tau)",
    symmetric="tau == 1",
    asymmetric="tau",
    ranges={"tau": "[1, inf)"},
  ),
  "polysoft": Properties(
    "(1 - 1/d) lam (1 - max(1 + log p_k / lam, 0)^(d / (d - 1)))",
    weight="max(1 + log(p) / lam, 0)^(1 / (d - 1))",
    high="(1 - 1/d) * lam",
    asymmetric="1 if lam * (d - 1) <= 1 else nan",
    ranges={"lam": "(0, inf)", "d": "(1, inf)"},
  ),
  "js": _JENSEN_SHANNON,
  # With one view.
  "gjs": dataclasses.replace(
    _JENSEN_SHANNON,
    formula="(pi KL(e, m) + (1 - pi)/V sum_v KL(p^v, m)) / Z",
  ),
  "nnce": Properties(
    "1 - F(p_k) / sum_j F(p_j), with F(p) = max(log(p / p_min), 0)",
    weight="L / S * (p > p_min)",
    wrong_weight="(L - 1) / S * (p > p_min)",
    ranges={"p_min": "(0, 1)"},
    high="1",
    symmetric="True",
    asymmetric="",
  ),
  "nnfl": Properties(
    "1 - F(p_k) / sum_j F(p_j), with F(p) = max(G(p) - G(p_min), 0),"
    " G(p) = (1 - p)^gamma log p",
    weight="((1 - p)^gamma - gamma * p * (1 - p)^(gamma - 1) * log(p)) * L / S"
    " * (p > p_min)",
    wrong_weight="((1 - p)^gamma - gamma * p * (1 - p)^(gamma - 1) * log(p)) * (L - 1) / S"
    " * (p > p_min)",
    ranges={"gamma": "[0, inf)", "p_min": "(0, 1)"},
    high="1",
    symmetric="True",
    asymmetric="",
  ),
  "ece": Properties(
    "-log max(q_k, q_min)",
    weight="",
    high="inf if q_min == 0 else -log(q_min)",
    asymmetric="",
    gradient="w (p_j - [j = k]), with w = 0 where q_k < q_min, else w = p_k / (p_k + m)"
    " where k is the likeliest class and w = 1 elsewhere",
    ranges={"m": "[0, inf)", "q_min": "[0, 1)"},
  ),
  "ldr_kl": Properties(
    "lam log((1/K) sum_j exp((z_j - z_k + c [j != k]) / lam))",
    weight="",
    low="-lam * log(K)",
    asymmetric="",
    gradient="p_j - [j = k], with p = softmax((z - c e_k) / lam); nothing normalised",
    ranges={"lam": "(0, inf)", "c": "[0, inf)"},
  ),
  "amse": Properties(
    "sum_j (a [j = k] - p_j)^2 / K",
    weight="2 * p * (a - p) / K",
    wrong_weight="-2 * p^2 / K",
    low="(a - 1)^2 / K",
    high="(a^2 + 1) / K",
    asymmetric="",
    ranges={"a": "[1, inf)"},
  ),
}
