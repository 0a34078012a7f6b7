"""The hyperparameters that codes and papers publish, with their noise and their source.

`published_loss` looks them up. MAE and RCE have the scales of these codes: MAE is 1 - p_k
in all sums but `ece+mae`, where it is 2 (1 - p_k), the default of `mae`; RCE is 9.21 (1 -
p_k). The codes hold the factor of focal losses constant in derivatives, hence detach=True.
"""

import math
from typing import NamedTuple

# Short name of a code, for `published_loss`, to its source.
CODES = {
  "apl": "APL (Ma et al., ICML 2020)",
  "alfs": "ALFs (Zhou et al., ICML 2021)",
  "gjs": "GJS (Englesson and Azizpour, NeurIPS 2021)",
  "anl": "ANL (Ye et al., NeurIPS 2023)",
  "eps": "eps-softmax (Wang et al., NeurIPS 2024)",
  "jal": "JAL (Wang et al., ICCV 2025)",
  "phuber": "a public reproduction of PHuber (Menon et al., ICLR 2020)",
}


class PublishedLoss(NamedTuple):
  """Published hyperparameters of a loss.

  Attributes:
    loss: a short name, or two joined by +, the active one first, as in "nce+agce".
    dataset: "mnist", "cifar10", "cifar100", "webvision" (the mini set of 50 classes) or
      "clothing1m".
    codes: the codes that use them, keys of `CODES`.
    expression: text of the loss, for `parse`.
    noise: kinds of noise that they are for: none (the labels of the set, with no noise
      added), symmetric, asymmetric, instance, human; empty for all.
    rates: rates of that noise; empty for all.
    note: a remark; may be empty.
  """

  loss: str
  dataset: str
  codes: tuple[str, ...]
  expression: str
  noise: tuple[str, ...] = ()
  rates: tuple[float, ...] = ()
  note: str = ""

  @property
  def source(self) -> str:
    """The codes that use them, and the note."""
    return "; ".join([*(CODES[code] for code in self.codes), *filter(None, [self.note])])

  @property
  def noise_in_words(self) -> str:
    """Kinds and rates of noise, such as "symmetric 0.2, 0.4"; "any" for all."""
    kinds = " or ".join(self.noise) or "any"
    return f"{kinds} {', '.join(f'{rate:g}' for rate in self.rates)}".rstrip()


def _row(loss, dataset, codes, expression, noise=None, rates=(), note=""):
  if noise is None:
    # These sets come with noise of their own.
    noise = "none" if dataset in ("webvision", "clothing1m") else ""
  return PublishedLoss(
    loss, dataset, tuple(codes.split()), expression, tuple(noise.split()), rates, note
  )


def _by_rate(loss, dataset, weights):
  """Rows of the code of GJS, which has one weight for each rate of symmetric noise."""
  note = "its symmetric noise may draw the true class again"
  clean, *noisy = (f"{loss}(pi={pi})" for pi in weights)
  rows = [_row(loss, dataset, "gjs", clean, "none")]
  for rate, text in zip((0.2, 0.4, 0.6, 0.8), noisy, strict=True):
    rows.append(_row(loss, dataset, "gjs", text, "symmetric", (rate,), note))
  return rows


_APL_ANL_EPS, _ALFS_EPS = "apl anl eps", "alfs eps"
_ALL = "apl alfs anl eps"
_NFL = "nfl(gamma=0.5, detach=True)"
_NNFL = "nnfl(gamma=0.5, detach=True)"
_NNFL_JAL = "nnfl(gamma=0.5, p_min=1e-08, detach=True)"
_GCE_PAPER = (
  "its paper has q = 0.5, 0.5, 0.7, 0.7 and 0.9 for symmetric noise of 0, 20, 40, 60 and "
  "80 %"
)
# The code of GJS leaves out the scale Z = -(1 - pi) log(1 - pi) for WebVision, pi = 0.1.
_Z = repr(-0.9 * math.log(0.9))
_UNSCALED = "without the scale Z"
_BOTH = "symmetric instance"
_TENTH = "0.0125 in the paper, 0.00125 in its code"


def _ece(alpha, m, beta):
  factor = "" if beta == 1 else f"{beta}*"
  return f"{alpha}*ece(m={m}, q_min=1e-08) + {factor}mae"


PUBLISHED: tuple[PublishedLoss, ...] = (
  _row("sce", "mnist", _APL_ANL_EPS, "sce(alpha=0.01, beta=1)"),
  _row("sce", "cifar10", _APL_ANL_EPS, "sce(alpha=0.1, beta=1)"),
  _row("sce", "cifar100", _APL_ANL_EPS, "sce(alpha=6, beta=0.1)"),
  _row("sce", "webvision", _APL_ANL_EPS, "sce(alpha=10, beta=1)"),
  _row("gce", "mnist", _ALL, "gce(q=0.7)"),
  _row("gce", "cifar10", _ALL, "gce(q=0.7)"),
  _row("gce", "cifar100", "apl alfs anl", "gce(q=0.7)"),
  _row("gce", "cifar100", "eps", "gce(q=0.7)", note=_GCE_PAPER),
  _row("gce", "webvision", _APL_ANL_EPS, "gce(q=0.7)"),
  _row("gce", "webvision", "jal", "gce(q=0.6)"),
  _row("gce", "clothing1m", "eps", "gce(q=0.6)"),
  _row("ngce", "mnist", "apl", "10*ngce(q=0.1)"),
  _row("ngce", "cifar10", "apl", "ngce(q=0.1)"),
  _row("ngce", "cifar100", "apl", "ngce(q=0.7)"),
  _row("nce+mae", "mnist", "apl eps", "nce + 10*mae(scale=1)"),
  _row("nce+mae", "mnist", "alfs", "nce + 100*mae(scale=1)"),
  _row("nce+mae", "cifar10", _ALL, "nce + mae(scale=1)"),
  _row("nce+mae", "cifar100", "apl alfs", "10*nce + mae(scale=1)"),
  _row("nce+mae", "cifar100", "anl eps jal", "10*nce + 0.1*mae(scale=1)"),
  _row("nce+mae", "webvision", "apl", "50*nce + mae(scale=1)"),
  _row("nce+rce", "mnist", _APL_ANL_EPS, "nce + 10*rce"),
  _row("nce+rce", "mnist", "alfs", "nce + 100*rce"),
  _row("nce+rce", "cifar10", "apl alfs eps", "nce + rce"),
  _row("nce+rce", "cifar100", "apl eps", "10*nce + 0.1*rce"),
  _row("nce+rce", "cifar100", "alfs", "10*nce + rce"),
  _row("nce+rce", "webvision", _APL_ANL_EPS, "50*nce + 0.1*rce"),
  _row("nce+rce", "clothing1m", "apl eps", "10*nce + rce"),
  _row("nfl+mae", "mnist", "apl", f"{_NFL} + 10*mae(scale=1)"),
  _row("nfl+mae", "cifar10", "apl", f"{_NFL} + mae(scale=1)"),
  _row("nfl+mae", "cifar100", "apl", f"10*{_NFL} + mae(scale=1)"),
  _row("nfl+mae", "webvision", "apl", f"50*{_NFL} + mae(scale=1)"),
  _row("nfl+rce", "mnist", "apl eps", f"{_NFL} + 10*rce"),
  _row("nfl+rce", "mnist", "alfs", f"{_NFL} + 100*rce"),
  _row("nfl+rce", "cifar10", "apl alfs eps", f"{_NFL} + rce"),
  _row("nfl+rce", "cifar100", _APL_ANL_EPS, f"10*{_NFL} + 0.1*rce"),
  _row("nfl+rce", "cifar100", "alfs", f"10*{_NFL} + rce"),
  _row("nfl+rce", "webvision", "apl", f"50*{_NFL} + 0.1*rce"),
  _row("aul", "mnist", _ALFS_EPS, "aul(a=3, q=0.1)"),
  _row("aul", "cifar10", _ALFS_EPS, "aul(a=5.5, q=3)"),
  _row("aul", "cifar100", _ALFS_EPS, "aul(a=5.5, q=3)"),
  _row("agce", "mnist", _ALFS_EPS, "agce(a=4, q=0.2)"),
  _row("agce", "cifar10", _ALFS_EPS, "agce(a=0.6, q=0.6)"),
  _row("agce", "cifar100", _ALFS_EPS, "agce(a=0.6, q=0.6)"),
  _row("agce", "webvision", _ALFS_EPS, "agce(a=1e-05, q=0.5)"),
  _row("ael", "mnist", _ALFS_EPS, "ael(a=3.5)"),
  _row("ael", "cifar10", _ALFS_EPS, "ael(a=2.5)"),
  _row("ael", "cifar100", _ALFS_EPS, "ael(a=2.5)"),
  _row("nce+aul", "cifar10", _ALFS_EPS, "nce + 4*aul(a=6.3, q=1.5)"),
  _row("nce+aul", "cifar100", _ALFS_EPS, "10*nce + 0.015*aul(a=6, q=3)"),
  _row("nce+agce", "cifar10", _ALFS_EPS, "nce + 4*agce(a=6, q=1.5)"),
  _row("nce+agce", "cifar100", _ALFS_EPS, "10*nce + 0.1*agce(a=1.8, q=3)"),
  _row("nce+agce", "webvision", _ALFS_EPS, "50*nce + 0.1*agce(a=2.5, q=3)"),
  _row("nce+ael", "cifar10", _ALFS_EPS, "nce + 4*ael(a=5)"),
  _row("nce+ael", "cifar100", _ALFS_EPS, "10*nce + 0.1*ael(a=1.5)"),
  _row("phuber_ce", "mnist", "phuber", "phuber_ce(tau=10)"),
  _row("phuber_ce", "cifar10", "phuber", "phuber_ce(tau=2)"),
  _row("phuber_ce", "cifar100", "phuber", "phuber_ce(tau=10)", note="it also has 50"),
  *_by_rate("js", "cifar10", (0.1, 0.7, 0.7, 0.9, 0.9)),
  _row("js", "cifar10", "gjs", "js(pi=0.3)", "asymmetric", (0.2, 0.4)),
  *_by_rate("js", "cifar100", (0.1, 0.1, 0.3, 0.5, 0.3)),
  _row("js", "cifar100", "gjs", "js(pi=0.5)", "asymmetric", (0.2, 0.4)),
  _row("js", "webvision", "gjs", f"{_Z}*js(pi=0.1)", note=_UNSCALED),
  *_by_rate("gjs", "cifar10", (0.5, 0.3, 0.9, 0.1, 0.1)),
  _row("gjs", "cifar10", "gjs", "gjs(pi=0.3)", "asymmetric", (0.2, 0.4)),
  *_by_rate("gjs", "cifar100", (0.3, 0.3, 0.5, 0.9, 0.1)),
  _row("gjs", "cifar100", "gjs", "gjs(pi=0.5)", "asymmetric", (0.2,)),
  _row("gjs", "cifar100", "gjs", "gjs(pi=0.1)", "asymmetric", (0.4,)),
  _row("gjs", "webvision", "gjs", f"{_Z}*gjs(pi=0.1)", note=_UNSCALED),
  _row("nce+nnce", "mnist", "anl", "nce + nnce"),
  _row("nce+nnce", "cifar10", "anl", "5*nce + 5*nnce"),
  _row("nce+nnce", "cifar100", "anl", "10*nce + nnce"),
  _row("nce+nnce", "webvision", "anl", "20*nce + nnce"),
  _row("nce+nnce", "webvision", "jal", "20*nce + nnce(p_min=1e-08)"),
  _row("nce+nnce", "clothing1m", "eps", "5*nce + 0.1*nnce(p_min=1e-08)"),
  _row("nfl+nnfl", "mnist", "anl", f"{_NFL} + {_NNFL}"),
  _row("nfl+nnfl", "cifar10", "anl jal", f"5*{_NFL} + 5*{_NNFL}"),
  _row("nfl+nnfl", "cifar100", "anl jal", f"10*{_NFL} + {_NNFL}"),
  _row("nfl+nnfl", "webvision", "jal", f"20*{_NFL} + {_NNFL_JAL}"),
  _row("ece+mae", "cifar10", "eps", _ece(0.01, 100000, 5), "none symmetric"),
  _row("ece+mae", "cifar10", "eps", _ece(0.02, 1000, 5), "asymmetric"),
  _row("ece+mae", "cifar10", "eps", _ece(0.045, 100000, 10), "instance"),
  _row("ece+mae", "cifar10", "eps", _ece(0.5, 10000, 1), "human"),
  _row("ece+mae", "cifar100", "eps", _ece(0.1, 10000, 1), "none"),
  _row("ece+mae", "cifar100", "eps", _ece(0.05, 10000, 1), _BOTH, (0.2,)),
  _row("ece+mae", "cifar100", "eps", _ece(0.03, 10000, 1), _BOTH, (0.4,)),
  _row("ece+mae", "cifar100", "eps", _ece(0.0125, 10000, 1), _BOTH, (0.6,), _TENTH),
  _row("ece+mae", "cifar100", "eps", _ece(0.0075, 10000, 1), _BOTH, (0.8,)),
  _row("ece+mae", "cifar100", "eps", _ece(0.015, 100, 1), "asymmetric", (0.1,)),
  _row("ece+mae", "cifar100", "eps", _ece(0.007, 100, 1), "asymmetric", (0.2,)),
  _row("ece+mae", "cifar100", "eps", _ece(0.005, 100, 1), "asymmetric", (0.3,)),
  _row("ece+mae", "cifar100", "eps", _ece(0.004, 100, 1), "asymmetric", (0.4,)),
  _row("ece+mae", "cifar100", "eps", _ece(0.5, 10000, 1), "human"),
  _row("ece+mae", "webvision", "eps", _ece(0.015, 1000, 0.3)),
  _row("ece+mae", "clothing1m", "eps", _ece(0.012, 1000, 0.1)),
  _row("ldr_kl", "mnist", "eps", "ldr_kl(lam=10, normalize=True)"),
  _row("ldr_kl", "cifar10", "eps", "ldr_kl(lam=10, normalize=True)"),
  _row("ldr_kl", "cifar100", "eps", "ldr_kl(lam=1, normalize=True)"),
  _row("ldr_kl", "webvision", "eps", "ldr_kl(lam=1, normalize=True)"),
  _row("ldr_kl", "clothing1m", "eps", "ldr_kl(lam=1, normalize=True)"),
  _row("nce+amse", "cifar10", "jal", "nce + amse(a=30)"),
  _row("nce+amse", "cifar100", "jal", "5*nce + amse(a=20)"),
  _row("nce+amse", "webvision", "jal", "50*nce + amse(a=30)"),
  _row("nce+amse", "clothing1m", "jal", "5*nce + 0.1*amse(a=5)"),
  _row("nfl+amse", "cifar10", "jal", f"{_NFL} + amse(a=30)"),
  _row("nfl+amse", "cifar100", "jal", f"5*{_NFL} + amse(a=20)"),
  _row("nfl+amse", "webvision", "jal", f"50*{_NFL} + amse(a=30)"),
  _row("nfl+amse", "clothing1m", "jal", f"5*{_NFL} + 0.1*amse(a=5)"),
)
