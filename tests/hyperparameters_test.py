"""The published hyperparameters, by loss and data set."""

import re

import numpy as np
import pytest

from noisy_jax import losses


@pytest.mark.parametrize("loss, dataset", losses.PUBLISHED)
def test_each_row_is_an_expression_of_the_losses_it_names(loss, dataset):
  text, source = losses.PUBLISHED[loss, dataset]
  expression = losses.published(loss, dataset)
  assert str(expression) == text
  assert "+".join(term.name for term in expression.terms) == loss
  assert re.search(r"[A-Z]\w+ (et al\.|and \w+), \w+ \d{4}", source)
  values = expression(np.zeros((2, 3), np.float32), np.array([0, 2]))
  assert (values > 0).all()


def test_spaces_do_not_matter():
  expected = losses.parse("10*nce + 0.1*agce(a=1.8, q=3)")
  assert losses.published("nce + agce", "cifar100") == expected


@pytest.mark.parametrize(
  "loss, dataset, message",
  [
    (
      "nce+agce",
      "mnist",
      "dataset: no published nce+agce for 'mnist'; nce+agce has cifar10",
    ),
    ("agce+nce", "cifar10", "loss: nothing published for 'agce+nce'; there is sce, gce"),
  ],
)
def test_what_is_not_published_is_said(loss, dataset, message):
  with pytest.raises(ValueError, match=re.escape(message)):
    losses.published(loss, dataset)
