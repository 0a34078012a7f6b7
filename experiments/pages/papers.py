"""Links of papers, by how the docstrings of losses and methods name them."""

import re

_ARXIV = "https://arxiv.org/abs/"
# Titles first: the short names are for those that a title does not follow.
_LINKS = {
  "Rethinking the Inception Architecture for Computer Vision": f"{_ARXIV}1512.00567",
  "Focal Loss for Dense Object Detection": f"{_ARXIV}1708.02002",
  "Robust Loss Functions under Label Noise for Deep Neural Networks": f"{_ARXIV}1712.09482",
  "Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels": (
    f"{_ARXIV}1805.07836"
  ),
  "Symmetric Cross Entropy for Robust Learning with Noisy Labels": f"{_ARXIV}1908.06112",
  "Normalized Loss Functions for Deep Learning with Noisy Labels": f"{_ARXIV}2006.13554",
  "Asymmetric Loss Functions for Learning with Noisy Labels": f"{_ARXIV}2106.03110",
  "Robust Bi-Tempered Logistic Loss Based on Bregman Divergences": f"{_ARXIV}1906.03361",
  "Can Cross Entropy Loss Be Robust to Label Noise?": (
    "https://www.ijcai.org/Proceedings/2020/0305.pdf"
  ),
  "Can Gradient Clipping Mitigate Label Noise?": (
    "https://openreview.net/forum?id=rklB76EKPr"
  ),
  "Generalized Jensen-Shannon Divergence Loss for Learning with Noisy Labels": (
    f"{_ARXIV}2105.04522"
  ),
  "Active Negative Loss Functions for Learning with Noisy Labels": (
    "https://papers.neurips.cc/paper_files/paper/2023/hash/"
    "15f4cefb0e143c7ad9d40e879b0a9d0c-Abstract-Conference.html"
  ),
  "eps-Softmax: Approximating One-Hot Vectors for Mitigating Label Noise": (
    f"{_ARXIV}2508.02387"
  ),
  "Label Distributionally Robust Losses for Multi-class Classification: Consistency, "
  "Robustness and Adaptivity": "https://proceedings.mlr.press/v202/zhu23o.html",
  "Joint Asymmetric Loss for Learning with Noisy Labels": f"{_ARXIV}2507.17692",
  "Learning with Noisy Labels via Sparse Regularization": f"{_ARXIV}2108.00192",
  "Early-Learning Regularization Prevents Memorization of Noisy Labels": (
    f"{_ARXIV}2007.00151"
  ),
  "Noise Attention Learning: Enhancing Noise Robustness by Gradient Scaling": (
    "https://openreview.net/forum?id=yfNSUQ3yRo"
  ),
  "Optimized Gradient Clipping for Noisy Label Learning": f"{_ARXIV}2412.08941",
  "SELC: Self-Ensemble Label Correction Improves Learning with Noisy Labels": (
    f"{_ARXIV}2205.01156"
  ),
  "Identifying Mislabeled Data using the Area Under the Margin Ranking": (
    f"{_ARXIV}2001.10528"
  ),
  "Zhou et al., ICML 2021": f"{_ARXIV}2106.03110",
  "Ma et al., ICML 2020": f"{_ARXIV}2006.13554",
  "Wang et al., ICCV 2019": f"{_ARXIV}1908.06112",
  "Ye et al., NeurIPS 2023": (
    "https://papers.neurips.cc/paper_files/paper/2023/hash/"
    "15f4cefb0e143c7ad9d40e879b0a9d0c-Abstract-Conference.html"
  ),
  "Englesson and Azizpour, NeurIPS 2021": f"{_ARXIV}2105.04522",
  "Wang et al., NeurIPS 2024": f"{_ARXIV}2508.02387",
  "Wang et al., ICCV 2025": f"{_ARXIV}2507.17692",
  "Menon et al., ICLR 2020": "https://openreview.net/forum?id=rklB76EKPr",
}


def link(text: str) -> str:
  """A source in Markdown, with its papers as links."""
  for name, address in _LINKS.items():
    spaced = r"\s+".join(map(re.escape, name.split()))
    text = re.sub(spaced, rf"[\g<0>]({address})", text)
  return re.sub(r"arXiv\s+(\d{4}\.\d{5})", rf"[arXiv \1]({_ARXIV}\1)", text)
