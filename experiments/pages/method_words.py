"""What docs/methods.md says of each method beside its docstring."""

from typing import NamedTuple


class Words(NamedTuple):
  """What docstring and code of a method do not have.

  Attributes:
    summary: what it does, in two sentences.
    equation: LaTeX, a formula a line.
    use: when to use it.
    test: the name of its test file.
    origin: where the formulas were read.
  """

  summary: str
  equation: tuple[str, ...]
  use: str
  test: str
  origin: str = "the authors' code"


WORDS: dict[str, Words] = {
  "sr": Words(
    "A low temperature and the $q$-th power of the outputs' norm drive outputs to one-hot "
    "vectors, where every loss is symmetric. The weight of the norm grows with the epochs.",
    (
      r"z' = \frac{z}{\tau \lVert z \rVert}, \quad p' = \text{softmax}(z')",
      r"L = \ell(z', y) + \lambda_e \sum_j \max(p'_j, 10^{-7})^{q}, \quad \lambda_e = "
      r"\lambda \cdot \text{growth}^{\lfloor e / \text{period} \rfloor}",
    ),
    "For symmetric noise, where memory is short: it has none. Under pair flips it ended "
    "below cross-entropy. Here $q$ is `power`.",
    "sr_test",
  ),
  "elr": Words(
    "Each example has a target, the moving average of the network's outputs, and the loss "
    "rewards agreement with it. Early outputs are mostly right, so their pull outweighs a "
    "wrong label later.",
    (
      r"t \leftarrow \beta t + (1 - \beta) \bar{p}, \quad \bar{p} = p \text{ clipped to } "
      r"[10^{-4}, 1 - 10^{-4}] \text{ and normalised}",
      r"L = \ell(z, y) + \lambda \cdot \log\left(1 - \sum_j t_j p_j\right)",
    ),
    "For noise in which wrong labels are one other class: it is the best here under pair "
    "flips. Its scores are among the best on each set of [that page](audit_scores.md).",
    "elr_test",
  ),
  "ogc": Words(
    "Below a threshold, the loss of the label's probability goes on as its tangent, so "
    "that no label pulls harder than there. A fit of two Gaussians to the last losses "
    "tells how hard wrong labels pull, and the threshold keeps that at a ratio.",
    (
      r"L = \begin{cases} \ell(p_y) & \text{if } p_y \gt c \cr \ell(c) + |\ell'(c)| "
      r"(c - p_y) & \text{otherwise} \end{cases}",
      r"\frac{\text{mean slope of wrong labels}}{\text{mean slope of right labels}} = "
      r"1 + \text{strength} \cdot \text{learning rate} \quad \text{at } c",
    ),
    "For losses of the label's probability alone, where no memory of each example fits.",
    "ogc_test",
  ),
  "selc": Words(
    "After a warm-up each label becomes a target that moves to the network's outputs. "
    "After $n$ moves the label has weight $\\alpha^n$ in it.",
    (
      r"t \leftarrow \alpha t + (1 - \alpha) p",
      r"L = \sum_j t_j \ell(z, j)",
    ),
    "For trainings whose turn from learning to memorising is known: the warm-up should end "
    "there.",
    "selc_test",
  ),
  "car": Words(
    "A second head $h$ gives the confidence in the label, and where it is low, a moving "
    "target stands in for the network's output. A price on low confidence keeps the "
    "network learning.",
    (
      r"\tau = \text{sigmoid}(h), \quad p' = t + \tau (p - t), \quad k = "
      r"\text{argmax}_j t_j",
      r"L = \ell(\log(p'), k) - \lambda \cdot \log(\tau) - \text{reverse} \cdot "
      r"\sum_j p_j \cdot \log(\max(t_j, 10^{-4}))",
      r"t \leftarrow \beta t + (1 - \beta) p \quad \text{after the warm-up}",
    ),
    "For random noise, where it finds nearly all wrong labels; of pair flips, only some.",
    "car_test",
    "the paper's abstract",
  ),
  "nal": Words(
    "The next method of the authors of CAR: a second head gives the attention to the "
    "label, and the output is mixed with the target by it. Less attention scales the "
    "gradient down, at a price.",
    (
      r"\tau = \text{sigmoid}(h), \quad p' \propto \tau p + (1 - \tau) t, \quad t_j "
      r"\ge 10^{-4}",
      r"L = \sum_j t_j \ell(\log(p'), j) - \lambda \cdot \log(\tau) - \text{reverse} "
      r"\cdot \sum_j p'_j \cdot \log(t_j)",
      r"t \leftarrow \beta t + (1 - \beta) p \quad \text{in some epochs, where } \tau "
      r"\gt \text{threshold}",
    ),
    "Where you would use `car`, and want published formulas.",
    "nal_test",
  ),
  "marvel": Words(
    "An example whose label loses to another class in several epochs in a row is declared "
    "wrong. Its loss is 0 from then on.",
    (
      r"m = p_y - \max_{j \ne y} p_j",
      r"L = \begin{cases} 0 & \text{if the last margins } m \text{ were all below the "
      r"threshold} \cr \ell(z, y) & \text{otherwise} \end{cases}",
    ),
    "For random noise, with little memory. It needs a network that learns the right labels "
    "within a few epochs: what is not yet learned counts as wrong.",
    "marvel_test",
    "the paper's abstracts",
  ),
  "marvel_plus": Words(
    "MARVEL with more weight on arduous examples: right by the network, but not surely. "
    "The weight is 1 in the warm-up.",
    (
      r"L = \ell(z, y) \cdot \begin{cases} 0 & \text{if declared wrong} \cr "
      r"\text{weight} & \text{if } \text{threshold} \le \text{mean of } m \lt "
      r"\text{arduous} \cr 1 & \text{otherwise} \end{cases}",
    ),
    "As `marvel`, and under pair flips too, on digits. On CIFAR-10 it gained, with an "
    "MLP that memorises; on CIFAR-100 it lost, with a small network that does not.",
    "marvel_test",
    "the paper's abstracts",
  ),
  "meta": Words(
    "The hyperparameters of the loss, or its bias, go down the gradient of the "
    "cross-entropy $C$ of clean examples after a simulated step. The real step then has "
    "the new ones.",
    (
      r"w' = w - \text{step}(\nabla_w L_h(w))",
      r"h \leftarrow h - \text{Adam}\left(\frac{\partial}{\partial h} C(w')\right)",
    ),
    "Where examples with right labels exist. It helps a loss that would not start; in its "
    "price, a step costs three to four plain ones.",
    "meta_test",
    "the paper's idea, with choices of our own",
  ),
  "aum": Words(
    "The training stays as it is. The score of a label is its logit's mean lead over the "
    "other classes, which remembers what the network thought before it memorised.",
    (r"\text{score} = \text{mean over epochs of } z_y - \max_{j \ne y} z_j",),
    "To score labels beside any loss, also of several views: [the audit](audit.md).",
    "aum_test",
  ),
}
