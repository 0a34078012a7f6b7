import re

import numpy as np
import pytest

from noisy_jax import losses


@pytest.mark.parametrize(
  "row", losses.PUBLISHED, ids=lambda row: f"{row.loss} {row.dataset}"
)
def test_each_row_is_an_expression_of_the_losses_it_names(row):
  expression = losses.parse(row.expression)
  assert str(expression) == row.expression
  assert "+".join(term.name for term in expression.terms) == row.loss
  assert set(row.codes) <= losses.CODES.keys()
  assert row.codes
  assert re.search(r"[A-Z]\w+ (et al\.|and \w+), \w+ \d{4}", row.source)
  assert set(row.noise) <= {"none", "symmetric", "asymmetric", "instance", "human"}
  assert row.noise or not row.rates


@pytest.mark.parametrize(
  "row", losses.PUBLISHED, ids=lambda row: f"{row.loss} {row.dataset}"
)
def test_each_row_is_found_by_what_it_holds_for_and_code(row):
  for noise in row.noise or ("none", "symmetric", "asymmetric", "instance", "human"):
    for rate in row.rates or (0.1, 0.2, 0.6):
      for code in row.codes:
        asked = dict(noise=noise, rate=rate, code=code)
        found = losses.published_loss(row.loss, row.dataset, **asked)
        assert str(found) == row.expression


def test_every_row_is_positive_somewhere():
  values = [
    losses.parse(row.expression)(np.zeros((2, 3), np.float32), np.array([0, 2]))
    for row in losses.PUBLISHED[::9]
  ]
  assert all((value > 0).all() for value in values)


@pytest.mark.parametrize(
  "loss, dataset, asked, expected",
  [
    ("nce + agce", "cifar100", {}, "10*nce + 0.1*agce(a=1.8, q=3)"),
    # The configurations of the code of GJS.
    ("gjs", "cifar10", dict(noise="symmetric", rate=0), "gjs(pi=0.5)"),
    ("gjs", "cifar10", dict(noise="none"), "gjs(pi=0.5)"),
    ("gjs", "cifar10", dict(noise="symmetric", rate=0.2), "gjs(pi=0.3)"),
    ("gjs", "cifar10", dict(noise="symmetric", rate=0.4), "gjs(pi=0.9)"),
    ("gjs", "cifar10", dict(noise="asymmetric", rate=0.4), "gjs(pi=0.3)"),
    ("gjs", "cifar10", dict(noise="asymmetric"), "gjs(pi=0.3)"),
    ("gjs", "cifar100", dict(noise="asymmetric", rate=0.4), "gjs(pi=0.1)"),
    ("gjs", "cifar100", dict(noise="asymmetric", rate=0.2), "gjs(pi=0.5)"),
    ("js", "cifar100", dict(noise="symmetric", rate=0.6), "js(pi=0.5)"),
    # A rate by itself leaves out what is for no noise.
    ("js", "cifar100", dict(rate=0.6), "js(pi=0.5)"),
    ("nce+mae", "cifar100", dict(code="apl"), "10*nce + mae(scale=1)"),
    ("nce+mae", "cifar100", dict(code="jal"), "10*nce + 0.1*mae(scale=1)"),
    ("nce+rce", "mnist", dict(code="alfs"), "nce + 100*rce"),
    ("nfl+amse", "cifar100", {}, "5*nfl(gamma=0.5, detach=True) + amse(a=20)"),
    ("nfl+nnfl", "mnist", {}, "nfl(gamma=0.5, detach=True) + nnfl(gamma=0.5, detach=True)"),
    ("ece+mae", "cifar100", dict(noise="symmetric", rate=0.6),
     "0.0125*ece(m=10000, q_min=1e-08) + mae"),
    ("ece+mae", "cifar10", dict(noise="instance", rate=0.3),
     "0.045*ece(m=100000, q_min=1e-08) + 10*mae"),
    # What a code has whatever the noise holds for kinds that no table names.
    ("gce", "cifar10", dict(noise="pairflip", rate=0.4), "gce(q=0.7)"),
  ],
)  # fmt: skip
def test_noise_rate_and_code_decide(loss, dataset, asked, expected):
  assert str(losses.published_loss(loss, dataset, **asked)) == expected


def test_the_scale_that_gjs_leaves_out_is_exact():
  (term,) = losses.published_loss("gjs", "webvision").terms
  assert term.weight == pytest.approx(-(1 - 0.1) * np.log1p(-0.1), rel=1e-15)


@pytest.mark.parametrize(
  "loss, dataset, asked, message",
  [
    ("nce+agce", "mnist", {}, "dataset: no published nce+agce for 'mnist'; nce+agce has c"),
    ("agce+nce", "cifar10", {}, "loss: nothing published for 'agce+nce'; there is sce, gc"),
    ("gjs", "cifar10", {},
     "loss: more than one published gjs on cifar10, must be asked for by noise, rate or "
     "code: gjs(pi=0.5) for none by gjs; gjs(pi=0.3) for symmetric 0.2 by gjs; "),
    ("nce+mae", "cifar100", dict(noise="symmetric", rate=0.4),
     "loss: more than one published nce+mae on cifar100, must be asked for by noise, rate "
     "or code: 10*nce + mae(scale=1) for any by apl, alfs; 10*nce + 0.1*mae(scale=1) for "
     "any by anl, eps, jal"),
    ("gjs", "cifar10", dict(noise="symmetric", rate=0.5),
     "noise: no published gjs on cifar10 for symmetric noise of 0.5; there is gjs(pi=0.5)"),
    ("js", "cifar10", dict(rate=0.3),
     "noise: no published js on cifar10 for any noise of 0.3; there is js(pi=0.1) for "),
    ("ece+mae", "webvision", dict(noise="symmetric", rate=0.2),
     "noise: no published ece+mae on webvision for symmetric noise of 0.2; there is 0.015"),
    ("nce+mae", "cifar100", dict(code="gjs"),
     "noise: no published nce+mae on cifar100 for any noise by gjs; there is 10*nce + mae"),
    ("gce", "cifar10", dict(code="ma"), "code: unknown 'ma'; known: apl, alfs, gjs, anl"),
  ],
)  # fmt: skip
def test_what_is_not_published_is_said(loss, dataset, asked, message):
  with pytest.raises(ValueError, match=re.escape(message)) as raised:
    losses.published_loss(loss, dataset, **asked)
  assert "\n" not in str(raised.value)
