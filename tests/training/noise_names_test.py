import dataclasses

import numpy as np
import pytest

from tests.training.noisy_sets import SMALL, a_set, prepare


@pytest.mark.parametrize(
  "changes, message",
  [
    ({"noise": "humann"}, "noise: unknown 'humann'; known: symmetric, symmetric_includi"),
    ({"noise": "human"}, "noise: unknown 'human'; known: .*, human:KIND, open_set:DATAS"),
    ({"noise_sampling": "some"}, "noise_sampling: 'some', must be one of published, exact"),
    ({"noise": "matrix:a.npy", "noise_rate": 0.2}, "noise_rate: 0.2, must be left out wit"),
    ({"noise": "human:worse", "dataset": "cifar10", "noise_rate": 0.2},
     "noise_rate: 0.2, must be left out with noise human:worse"),
    ({"noise": "instance", "noise_sampling": "iid"}, "noise_sampling: iid, must be left o"),
    ({"noise": "instance:grey"}, "noise: unknown pixels 'grey'; known: standardized, raw,"),
    ({"noise": "file:a.txt"}, "noise: file:a.txt: path: a.txt, must end in one of .npy,"),
    ({"noise": "asymmetric"}, "noise: digits10 has no map; choose asymmetric:MAP with one"),
    ({"noise": "asymmetric:dogs"}, "noise: unknown map 'dogs'; known: mnist, "),
    ({"noise": "human:best"}, "noise: unknown 'human:best'; known: human:worse, human:a"),
    ({"noise": "human:worse"}, "noise: human:worse has labels for cifar10 only, and the"),
    ({"noise": "open_set:cifar11"}, "noise: open_set:cifar11: dataset: unknown 'cifar11'"),
    ({"noise": "open_set:digits10"}, "noise: open_set:digits10, must be another data set"),
  ],
)  # fmt: skip
def test_noise_that_cannot_be_is_refused_by_its_name(changes, message):
  with pytest.raises(ValueError, match=message):
    dataclasses.replace(SMALL, **changes)


@pytest.mark.parametrize(
  "kind, message",
  [
    ("asymmetric:cifar100_block5", "noise: asymmetric:cifar100_block5, must map the 10 cl"),
    ("open_set:0", "noise: open_set:0: count: 0, must be a number of classes from 1 to 8"),
    ("open_set:digits20", "noise: open_set:digits20: others: float32.*, must be uint8 im"),
    ("open_set:npz:no.npz", "noise: open_set:npz:no.npz: dataset: npz:no.npz, there is n"),
    ("matrix:no.npy", "noise: matrix:no.npy: No such file or directory"),
    ("file:no.npy", "noise: file:no.npy: No such file or directory"),
    ("file:two.csv", r"noise: file:two.csv: path: two.csv, must hold numbers \(several co"),
    ("file:words.csv", "noise: file:words.csv: path: words.csv does not say which labels"),
    ("matrix:no.txt", "noise: matrix:no.txt: path: no.txt, must end in .npy or .csv"),
    ("matrix:two.csv", r"noise: matrix:two.csv: matrix: .*, must be float\[10, 10\]"),
    ("matrix:words.csv", "noise: matrix:words.csv: path: words.csv, must hold a table"),
  ],
)
def test_noise_that_does_not_fit_is_refused(kind, message, tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  np.savetxt("two.csv", np.eye(2), delimiter=",")
  (tmp_path / "words.csv").write_text("ash,beech\n")
  rate = 0.0 if kind.startswith(("matrix", "file")) else 0.2
  with pytest.raises((ValueError, OSError), match=message) as raised:
    prepare(a_set(10, 100), kind, rate)
  assert "\n" not in str(raised.value)


def test_without_ids_there_are_no_human_labels():
  dataset = a_set(10, 100)._replace(train_ids=None)
  with pytest.raises(ValueError, match="ids: none, must be the TFDS ids of cifar10 for hu"):
    prepare(dataset, "human:aggre", 0.0, dataset="cifar10")
