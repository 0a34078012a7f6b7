import re

import pytest

from noisy_jax import runs, training
from tests.small_setups import an_epoch, small_setup


def test_summary_tells_the_last_and_the_best_epoch(monkeypatch):
  epochs = [
    an_epoch(epoch=number, test_accuracy=accuracy)
    for number, accuracy in enumerate((0.3, 0.7, 0.6), start=1)
  ]
  moments = [training.Moment(e.epoch, 1, None, None, None, (e,)) for e in epochs]
  monkeypatch.setattr("noisy_jax.runs.runner.train", lambda *_, **__: moments)
  summary = runs.run(small_setup())
  assert summary["test_accuracy"] == 0.6
  assert summary["best_test_accuracy"] == 0.7
  assert summary["best_epoch"] == 2


@pytest.mark.parametrize(
  "model, expected", [("mlp", [(3, 4)]), ("cnn5", [(3,), (4,)])], ids=["mlp", "cnn5"]
)
def test_seeds_of_a_convnet_are_trained_in_turn(model, expected, monkeypatch):
  trained = []

  def train(setup, *, seeds, resume):
    assert len(seeds) > 1 or setup.config.seed == seeds[0]
    trained.append(tuple(seeds))
    return [training.Moment(1, 1, None, None, None, (an_epoch(),) * len(seeds))]

  monkeypatch.setattr("noisy_jax.runs.runner.train", train)
  assert len(runs.run_seeds(small_setup(model=model), (3, 4))) == 2
  assert trained == expected


@pytest.mark.parametrize(
  "changes, accuracies, told",
  [
    # About a tenth of 640 labels each, give or take 1.2 %.
    (dict(), (0.5, 0.1), r"accuracy, 10.0%, is that of chance, 1.\..%; try a batch_size"),
    (dict(num_classes=20), (0.05,), "try a batch_size .*, or logit_bias auto, or the loss"),
    (dict(batch_size=16, learning_rate=0.5), (0.9, 0.1), "; try a learning_rate of 0.05$"),
    (dict(), (0.18, 0.2), None),
  ],
)
def test_a_network_that_stalls_is_told(changes, accuracies, told, monkeypatch, capsys):
  setup = small_setup(train_size=640, **changes)
  epochs = [
    training.Moment(
      number,
      1,
      None,
      None,
      None,
      tuple(an_epoch(epoch=number, train_accuracy=x) for x in of),
    )
    for number, of in enumerate(((0.0,) * len(accuracies), accuracies, accuracies), start=1)
  ]
  monkeypatch.setattr("noisy_jax.runs.runner.train", lambda *_, **__: epochs)
  runs.run_seeds(setup, range(len(accuracies)))
  lines = capsys.readouterr().out.splitlines()
  warnings = [line for line in lines if line.startswith("warning: ")]
  assert len(warnings) == (told is not None)
  assert all(re.search(told, line) for line in warnings)
