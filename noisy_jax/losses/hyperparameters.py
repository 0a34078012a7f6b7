"""The hyperparameters that papers publish, by loss and data set."""

from noisy_jax.losses.spec import Expression, parse

_SCE = "code of APL, ANL and eps-softmax, for the loss of Wang et al., ICCV 2019"
_GCE = "code of APL, ALFs and ANL, for the loss of Zhang and Sabuncu, NeurIPS 2018"
_APL = "Ma et al., ICML 2020 (code)"
_ALFS = "Zhou et al., ICML 2021 (code)"
_ANL = "Ye et al., NeurIPS 2023 (code)"
_EPS = (
  "Wang et al., NeurIPS 2024 (code; for symmetric noise on CIFAR-10, 40 % on CIFAR-100)"
)
_ANL_EPS = "code of eps-softmax (Wang et al., NeurIPS 2024), for the loss of Ye et al."
_LDR = "code of eps-softmax (Wang et al., NeurIPS 2024), for the loss of Zhu et al."
_JAL = "Wang et al., ICCV 2025 (code)"
_GJS = "Englesson and Azizpour, NeurIPS 2021 (code)"
_GJS_ASYMMETRIC = f"{_GJS}; for asymmetric noise, 20 % of it for gjs on CIFAR-100"
_PHUBER = "a public reproduction of Menon et al., ICLR 2020; for CIFAR-100 it also has 50"

# (loss, data set): the published expression and its source. MAE and RCE are written
# with the scales of that code: 1 - p_k, and 9.21 (1 - p_k). Its focal losses hold their
# factor constant in the derivative, so detach=True. That of GJS leaves out the scale Z for
# WebVision, 0.09482 there. What depends on the noise stands in the docstrings.
PUBLISHED: dict[tuple[str, str], tuple[str, str]] = {
  ("sce", "mnist"): ("sce(alpha=0.01, beta=1)", _SCE),
  ("sce", "cifar10"): ("sce(alpha=0.1, beta=1)", _SCE),
  ("sce", "cifar100"): ("sce(alpha=6, beta=0.1)", _SCE),
  ("sce", "webvision"): ("sce(alpha=10, beta=1)", _SCE),
  ("gce", "mnist"): ("gce(q=0.7)", _GCE),
  ("gce", "cifar10"): ("gce(q=0.7)", _GCE),
  ("gce", "cifar100"): ("gce(q=0.7)", _GCE),
  ("gce", "webvision"): ("gce(q=0.7)", _GCE),
  ("ngce", "mnist"): ("10*ngce(q=0.1)", _APL),
  ("ngce", "cifar10"): ("ngce(q=0.1)", _APL),
  ("ngce", "cifar100"): ("ngce(q=0.7)", _APL),
  ("nce+mae", "mnist"): ("nce + 10*mae(scale=1)", _APL),
  ("nce+mae", "cifar10"): ("nce + mae(scale=1)", _APL),
  ("nce+mae", "cifar100"): ("10*nce + mae(scale=1)", _APL),
  ("nce+mae", "webvision"): ("50*nce + mae(scale=1)", _APL),
  ("nce+rce", "mnist"): ("nce + 10*rce", _APL),
  ("nce+rce", "cifar10"): ("nce + rce", _APL),
  ("nce+rce", "cifar100"): ("10*nce + 0.1*rce", _APL),
  ("nce+rce", "webvision"): ("50*nce + 0.1*rce", _APL),
  ("nce+rce", "clothing1m"): ("10*nce + rce", _APL),
  ("nfl+mae", "mnist"): ("nfl(gamma=0.5, detach=True) + 10*mae(scale=1)", _APL),
  ("nfl+mae", "cifar10"): ("nfl(gamma=0.5, detach=True) + mae(scale=1)", _APL),
  ("nfl+mae", "cifar100"): ("10*nfl(gamma=0.5, detach=True) + mae(scale=1)", _APL),
  ("nfl+mae", "webvision"): ("50*nfl(gamma=0.5, detach=True) + mae(scale=1)", _APL),
  ("nfl+rce", "mnist"): ("nfl(gamma=0.5, detach=True) + 10*rce", _APL),
  ("nfl+rce", "cifar10"): ("nfl(gamma=0.5, detach=True) + rce", _APL),
  ("nfl+rce", "cifar100"): ("10*nfl(gamma=0.5, detach=True) + 0.1*rce", _APL),
  ("nfl+rce", "webvision"): ("50*nfl(gamma=0.5, detach=True) + 0.1*rce", _APL),
  ("aul", "mnist"): ("aul(a=3, q=0.1)", _ALFS),
  ("aul", "cifar10"): ("aul(a=5.5, q=3)", _ALFS),
  ("aul", "cifar100"): ("aul(a=5.5, q=3)", _ALFS),
  ("agce", "mnist"): ("agce(a=4, q=0.2)", _ALFS),
  ("agce", "cifar10"): ("agce(a=0.6, q=0.6)", _ALFS),
  ("agce", "cifar100"): ("agce(a=0.6, q=0.6)", _ALFS),
  ("agce", "webvision"): ("agce(a=1e-05, q=0.5)", _ALFS),
  ("ael", "mnist"): ("ael(a=3.5)", _ALFS),
  ("ael", "cifar10"): ("ael(a=2.5)", _ALFS),
  ("ael", "cifar100"): ("ael(a=2.5)", _ALFS),
  ("nce+aul", "cifar10"): ("nce + 4*aul(a=6.3, q=1.5)", _ALFS),
  ("nce+aul", "cifar100"): ("10*nce + 0.015*aul(a=6, q=3)", _ALFS),
  ("nce+agce", "cifar10"): ("nce + 4*agce(a=6, q=1.5)", _ALFS),
  ("nce+agce", "cifar100"): ("10*nce + 0.1*agce(a=1.8, q=3)", _ALFS),
  ("nce+agce", "webvision"): ("50*nce + 0.1*agce(a=2.5, q=3)", _ALFS),
  ("nce+ael", "cifar10"): ("nce + 4*ael(a=5)", _ALFS),
  ("nce+ael", "cifar100"): ("10*nce + 0.1*ael(a=1.5)", _ALFS),
  ("phuber_ce", "mnist"): ("phuber_ce(tau=10)", _PHUBER),
  ("phuber_ce", "cifar10"): ("phuber_ce(tau=2)", _PHUBER),
  ("phuber_ce", "cifar100"): ("phuber_ce(tau=10)", _PHUBER),
  ("js", "cifar10"): ("js(pi=0.3)", _GJS_ASYMMETRIC),
  ("js", "cifar100"): ("js(pi=0.5)", _GJS_ASYMMETRIC),
  ("js", "webvision"): ("0.09482*js(pi=0.1)", _GJS),
  ("gjs", "cifar10"): ("gjs(pi=0.3)", _GJS_ASYMMETRIC),
  ("gjs", "cifar100"): ("gjs(pi=0.5)", _GJS_ASYMMETRIC),
  ("gjs", "webvision"): ("0.09482*gjs(pi=0.1)", _GJS),
  ("nce+nnce", "mnist"): ("nce + nnce", _ANL),
  ("nce+nnce", "cifar10"): ("5*nce + 5*nnce", _ANL),
  ("nce+nnce", "cifar100"): ("10*nce + nnce", _ANL),
  ("nce+nnce", "webvision"): ("20*nce + nnce", _ANL),
  ("nce+nnce", "clothing1m"): ("5*nce + 0.1*nnce(p_min=1e-08)", _ANL_EPS),
  ("ece+mae", "cifar10"): ("0.01*ece(m=100000, q_min=1e-08) + 5*mae", _EPS),
  ("ece+mae", "cifar100"): ("0.03*ece(m=10000, q_min=1e-08) + mae", _EPS),
  ("ece+mae", "webvision"): ("0.015*ece(m=1000, q_min=1e-08) + 0.3*mae", _EPS),
  ("ece+mae", "clothing1m"): ("0.012*ece(m=1000, q_min=1e-08) + 0.1*mae", _EPS),
  ("ldr_kl", "mnist"): ("ldr_kl(lam=10, normalize=True)", _LDR),
  ("ldr_kl", "cifar10"): ("ldr_kl(lam=10, normalize=True)", _LDR),
  ("ldr_kl", "cifar100"): ("ldr_kl(lam=1, normalize=True)", _LDR),
  ("ldr_kl", "webvision"): ("ldr_kl(lam=1, normalize=True)", _LDR),
  ("ldr_kl", "clothing1m"): ("ldr_kl(lam=1, normalize=True)", _LDR),
  ("nce+amse", "cifar10"): ("nce + amse(a=30)", _JAL),
  ("nce+amse", "cifar100"): ("5*nce + amse(a=20)", _JAL),
  ("nce+amse", "webvision"): ("50*nce + amse(a=30)", _JAL),
  ("nce+amse", "clothing1m"): ("5*nce + 0.1*amse(a=5)", _JAL),
}


def published(loss: str, dataset: str) -> Expression:
  """A loss with the hyperparameters published for a data set.

  Args:
    loss: a short name, or two joined by +, the active one first, as in "nce+agce".
    dataset: "mnist", "cifar10", "cifar100", "webvision" or "clothing1m"; "webvision" is
      the mini set of 50 classes that these papers train on.

  Returns:
    The loss; its `str` is the expression, and `PUBLISHED` names the source.

  Raises:
    ValueError: if there is none in the table; the message lists what there is.
  """
  loss = loss.replace(" ", "")
  if (loss, dataset) in PUBLISHED:
    text, _ = PUBLISHED[loss, dataset]
    return parse(text)
  datasets = [known for name, known in PUBLISHED if name == loss]
  if datasets:
    known = f"{loss} has {', '.join(datasets)}"
    raise ValueError(f"dataset: no published {loss} for {dataset!r}; {known}")
  names = ", ".join(dict.fromkeys(name for name, _ in PUBLISHED))
  raise ValueError(f"loss: nothing published for {loss!r}; there is {names}")
