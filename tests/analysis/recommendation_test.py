import numpy as np
import pytest

from noisy_jax import analysis, losses, noise, training
from noisy_jax.analysis import choice, evidence


def test_families_are_of_kinds_of_noise():
  assert choice.FAMILIES.keys() <= {kind.split(":")[0] for kind in noise.KINDS.split(", ")}


@pytest.mark.parametrize(
  "arguments, expected",
  [
    ((1000, None, 0.0), "--loss=ce"),
    ((1000, "symmetric", 0.0), "--loss=ce"),
    ((1000, "pairflip", 0.4, 11), "--loss=ce"),
    ((10, "symmetric", 0.4, 12), "--loss=ce --method=marvel_plus"),
    ((11, "symmetric"), "--loss=gce --logit_bias=auto --bias_schedule=fading"),
    ((1000, "symmetric_including_true", 0.5), "--loss=gce --logit_bias=auto --bias_sch"),
    ((1000, "symmetric", 0.51), "--loss=mae --logit_bias=auto --bias_schedule=fading"),
    ((10, "asymmetric:cifar10_in_turn"), "--loss=ce --method=elr"),
    ((5000, "pairflip", 0.45, 100), "--loss=ce --method=elr"),
    ((100, "human:noisy"), "--loss=ce --method=marvel_plus"),
    ((100, "human"), "--loss=ce --method=marvel_plus"),
    ((100, "file:labels.npy"), "--loss=ce --method=marvel_plus"),
    ((100,), "--loss=ce --method=marvel_plus"),
    ((101,), "--loss=gce --logit_bias=auto --bias_schedule=fading"),
    ((101, None, 0.8), "--loss=mae --logit_bias=auto --bias_schedule=fading"),
  ],
)
def test_the_rule(arguments, expected):
  assert analysis.recommend(*arguments).flags.startswith(expected)


@pytest.mark.parametrize("kind", [None, "symmetric", "pairflip", "human"])
def test_what_memorises_nothing_needs_no_robust_loss(kind):
  found = analysis.recommend(100, kind, 0.4, 40, memorises=False)
  assert found.flags == "--loss=ce"
  assert not any(choice.memorises(each.row.cell) for each in found.rows)
  assert "come to fit wrong labels" in analysis.recommend(100, kind, 0.4, 40).reason


def test_a_cell_memorises_if_cross_entropy_fits_more_than_the_right_labels(monkeypatch):
  def memorises(epochs, *train_accuracies):
    cell = evidence.Cell("digits9", 9, "mlp 8-8", "symmetric", 0.4, epochs)
    plain = evidence.Setting("ce")
    rows = [evidence.Row("one", cell, plain, 0.5, 0, 1, each) for each in train_accuracies]
    monkeypatch.setattr(evidence, "rows", lambda: rows)
    return choice.memorises(cell)

  assert memorises(12, 0.6)
  assert memorises(12, None)
  assert memorises(12)
  assert not memorises(12, 0.59)
  assert not memorises(11, 1.0)


def test_a_loss_alone_has_no_method():
  found = [
    analysis.recommend(num_classes, kind, loss_alone=True)
    for num_classes in (10, 50)
    for kind in (None, "pairflip")
  ]
  assert [each.method for each in found] == ["none"] * 4
  assert [each.title.partition(" of ")[0] for each in found] == [
    "gce",
    "gce",
    "gce with a logit bias",
    "nce + agce with a logit bias",
  ]
  assert found[3].flags == "--loss='nce + agce' --logit_bias=auto"
  # Where the rule has no method, nothing changes.
  expected = analysis.recommend(200, "symmetric", 0.4)
  assert analysis.recommend(200, "symmetric", 0.4, loss_alone=True) == expected


def test_the_rows_are_the_nearest_on_either_side():
  def places(*arguments):
    rows = analysis.recommend(*arguments).rows
    return {(each.row.cell.num_classes, each.row.cell.noise_rate) for each in rows}

  assert places(100, "symmetric", 0.3) == {(100, 0.2), (100, 0.4)}
  assert places(300, "symmetric", 0.6) == {(200, 0.6), (500, 0.6)}
  assert places(40, "human:worse") == {(10, 0.4)}
  assert places(3000, "pairflip") == {(100, 0.4)}
  # Nobody has run cross-entropy under pair flips for a few epochs.
  assert places(100, "pairflip", 0.4, 6) == set()


def test_it_says_what_no_run_says():
  found = analysis.recommend(3000, "pairflip", 0.2, 200)
  for sentence in (
    "No such run is near 3000 classes: they have 100.",
    "No such run is near a noise rate of 0.2: they have 0.4.",
    "No such run is near 200 epochs: they have 40.",
  ):
    assert sentence in found.unknown
    assert sentence in str(found)
  none = analysis.recommend(100, "pairflip", 0.4, 6)
  assert none.unknown == ("No run has these settings under such noise.",)
  assert any("kind of noise matters" in each for each in analysis.recommend(50).unknown)
  assert analysis.recommend(100, "symmetric", 0.4, 40).unknown == (
    "All these networks are MLPs, none is convolutional.",
  )


def test_it_reads_as_sentences():
  text = str(analysis.recommend(1000, "symmetric", 0.6, 40))
  title, *others = text.splitlines()
  assert title.startswith("mae with a logit bias of 4.841 that fades: --loss=mae --logit_b")
  assert "bias of 4.841, the loss learns on 1000 classes as on 10." in " ".join(others)
  (head,) = [k for k, line in enumerate(others) if line.endswith("in %:")]
  assert all(0 < len(line) <= 92 for line in others[:head])
  row = "  digits1000, mlp 512-512, symmetric 0.6, 40 epochs: 75.2 (cross-entropy 35.9; b"
  assert others[head + 1].startswith(row)


def test_the_noise_that_a_bias_bears_is_that_of_the_theory():
  found = analysis.recommend(100, "symmetric", 0.6)
  assert "memorise symmetric noise above 39 %" in found.reason
  for rate, is_below in ((0.385, True), (0.395, False)):
    matrix = noise.symmetric_matrix(100, rate)
    largest = analysis.theory.largest_tolerant_bias(losses.mae, matrix)
    assert (found.logit_bias < largest) == is_below
  assert "memorise symmetric noise above 0.32 %" in analysis.recommend(20_000).reason


@pytest.mark.parametrize("arguments", [(10,), (1000,), (10, "pairflip"), (50, None, 0.0)])
def test_its_settings_are_those_of_a_config(arguments):
  found = analysis.recommend(*arguments)
  training.TrainConfig(
    loss=found.loss,
    logit_bias=found.logit_bias,
    bias_schedule=found.bias_schedule,
    method=found.method,
  )


@pytest.mark.parametrize(
  "arguments, error, message",
  [
    ((1,), ValueError, "num_classes: 1, must be a whole number from 2 on"),
    ((10, "pairflop"), ValueError, "noise: unknown 'pairflop'; known: symmetric, "),
    ((10, "people"), ValueError, "noise: unknown 'people'"),
    ((10, "pairflip:2"), ValueError, "noise: unknown 'pairflip:2'"),
    ((10, "asymmetric:cifar"), ValueError, "noise: unknown map 'cifar'; known: "),
    ((10, 0.4), TypeError, "noise: 0.4, must be a kind of noise"),
    ((10, None, 1.0), ValueError, "noise_rate: 1.0, must be in [0, 1)"),
    ((10, None, np.nan), ValueError, "noise_rate: nan, must be in [0, 1)"),
    ((10, None, "0.4"), TypeError, "noise_rate: '0.4', must be a number in [0, 1)"),
    ((10, None, None, 0), ValueError, "epochs: 0, must be at least 1"),
    ((10, None, None, 2.5), TypeError, "epochs: 2.5, must be a whole number from 1 on"),
  ],
)
def test_bad_input_is_refused_in_one_line(arguments, error, message):
  with pytest.raises(error) as caught:
    analysis.recommend(*arguments)
  assert str(caught.value).startswith(message)
  assert "\n" not in str(caught.value)
