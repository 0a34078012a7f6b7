"""The equations of the losses, as expressions that tests evaluate.

They have the probabilities p, an entry p_j, and p_k of the label k; `properties` has the
closed forms that follow from them.
"""

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Equation:
  """A loss, and its gradient where the weights of `losses.PROPERTIES` do not give it.

  Attributes:
    value: L; equal sides have " = " between them.
    where: what stands on the left of an equation to its right side, in an order in which
      they can be evaluated.
    words: what other letters are, in Markdown.
    gradient: dL/dz_j.
    gradient_where: as `where`, for the gradient.
    gradient_words: as `words`, for the gradient.
  """

  value: str
  where: Mapping[str, str] = dataclasses.field(default_factory=dict)
  words: str = ""
  gradient: str = ""
  gradient_where: Mapping[str, str] = dataclasses.field(default_factory=dict)
  gradient_words: str = ""


_MIXED = {"Z": "-(1 - pi) * log(1 - pi)", "KL(a, b)": "sum_j(a_j * log(a_j / b_j))"}

EQUATIONS: dict[str, Equation] = {
  "ce": Equation("-log(p_k)"),
  "ls": Equation("-(1 - alpha) * log(p_k) - alpha / K * sum_j(log(p_j))"),
  "mae": Equation("scale * (1 - p_k)"),
  "rce": Equation(
    "-sum_j(p_j * a_j) = scale * (1 - p_k)",
    {"a_j": "0 if j == k else -scale"},
    "$a_j$ is the logarithm of the one-hot label, with a finite number for $\\log(0)$",
  ),
  "sce": Equation("-alpha * log(p_k) + beta * scale * (1 - p_k)"),
  "gce": Equation("(1 - p_k^q) / q"),
  "fl": Equation("-(1 - p_k)^gamma * log(p_k)"),
  "nce": Equation("log(p_k) / sum_j(log(p_j))"),
  "nfl": Equation("F(p_k) / sum_j(F(p_j))", {"F(p)": "-(1 - p)^gamma * log(p)"}),
  "ngce": Equation("(1 - p_k^q) / sum_j(1 - p_j^q)"),
  "aul": Equation("((a - p_k)^q - (a - 1)^q) / q"),
  "agce": Equation("((a + 1)^q - (a + p_k)^q) / q"),
  "ael": Equation("exp(-p_k / a)"),
  "bi_tempered": Equation(
    "-log_t1(p_k) - (1 - sum_j(p_j^(2 - t1))) / (2 - t1)",
    {
      "log_t(x)": "(x^(1 - t) - 1) / (1 - t)",
      "exp_t(x)": "max(1 + (1 - t) * x, 0)^(1 / (1 - t))",
      "p_j": "exp_t2(z_j - lam)",
    },
    "$\\lambda$ is such that all $p_j$ add up to 1; $\\log_1$ and $\\exp_1$ are the limits "
    "$\\log$ and $\\exp$",
    "d_j - s_j * sum_i(d_i)",
    {
      "d_j": "(p_j - (j == k)) * p_j^(t2 - t1)",
      "s_j": "p_j^t2 / sum_i(p_i^t2)",
    },
  ),
  "taylor_ce": Equation("sum_i((1 - p_k)^i / i, t)"),
  "phuber_ce": Equation("-log(p_k) if p_k > 1 / tau else 1 + log(tau) - tau * p_k"),
  "polysoft": Equation(
    "(1 - 1 / d) * lam * (1 - max(1 + log(p_k) / lam, 0)^(d / (d - 1)))"
  ),
  "js": Equation(
    "(pi * KL(e, m) + (1 - pi) * KL(p, m)) / Z",
    {"m": "pi * e + (1 - pi) * p", **_MIXED},
    "$e$ is the one-hot label",
  ),
  "gjs": Equation(
    "(pi * KL(e, m) + (1 - pi) / V * sum_v(KL(pv, m))) / Z",
    {"m": "pi * e + (1 - pi) / V * sum_v(pv)", **_MIXED},
    "$e$ is the one-hot label, and $p^{(v)}$ the softmax of view $v$ of $V$",
    gradient_words="there is one view, $V = 1$",
  ),
  "nnce": Equation(
    "1 - F(p_k) / sum_j(F(p_j))", {"F(p)": "max(log(p / p_min), 0)"}
  ),
  "nnfl": Equation(
    "1 - F(p_k) / sum_j(F(p_j))",
    {"G(p)": "(1 - p)^gamma * log(p)", "F(p)": "max(G(p) - G(p_min), 0)"},
  ),
  "ece": Equation(
    "-log(max(q_k, q_min))",
    {"q_j": "(p_j + m * (j == t)) / (1 + m)"},
    "$t$ is the likeliest class",
    "w * (p_j - (j == k))",
    {"w": "0 if q_k < q_min else p_k / (p_k + m) if k == t else 1"},
  ),
  "ldr_kl": Equation(
    "lam * log(1 / K * sum_j(exp((z_j - z_k + c * (j != k)) / lam)))",
    gradient="r_j - (j == k)",
    gradient_where={"r": "softmax((z - c * e) / lam)"},
    gradient_words="$e$ is the one-hot label",
  ),
  "amse": Equation("1 / K * sum_j((a * (j == k) - p_j)^2)"),
}  # fmt: skip
