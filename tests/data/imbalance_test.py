import numpy as np
import pytest

from noisy_jax import data


@pytest.mark.parametrize(
  "num_classes, per_class, ratio, total",
  # CIFAR-10-LT and CIFAR-100-LT as printed by papers that use them.
  [(10, 5000, 100, 12_406), (100, 500, 100, 10_847), (10, 5000, 1, 50_000)],
)
def test_sizes_are_those_of_cifar_lt(num_classes, per_class, ratio, total):
  labels = np.random.default_rng(0).permutation(np.repeat(range(num_classes), per_class))
  kept = data.long_tail(labels, num_classes, ratio)
  assert len(kept) == total
  counts = data.class_counts(labels[kept], num_classes)
  assert counts[0] == per_class
  assert counts[-1] == per_class // ratio
  assert (np.diff(counts) <= 0).all()


def test_sizes_follow_the_equation_and_what_there_is():
  labels = np.repeat(range(5), [80, 100, 10, 30, 2])
  kept = data.long_tail(labels, 5, 16)
  # 100 * 16^(-c/4) = 100, 50, 25, 12.5, 6.25, of which classes 0, 2 and 4 have fewer.
  assert data.class_counts(labels[kept], 5).tolist() == [80, 50, 10, 12, 2]
  # In floating point 49 * 49^-1 is a little less than 1.
  assert len(data.long_tail([0] * 49 + [1] * 49, 2, 49)) == 50


def test_choice_is_random_by_seed_and_sorted():
  labels = np.repeat(range(3), 100)
  one, again, other = (data.long_tail(labels, 3, 10, seed=s) for s in (0, 0, 1))
  np.testing.assert_array_equal(one, again)
  assert len(one) == len(other)
  assert (one != other).any()
  assert (np.diff(one) > 0).all()
  # Not the first ones: of the 10 kept in the last class some lie past the first 10.
  assert one.max() > 210


def test_a_data_set_is_thinned_in_training_only():
  dataset = data.digits(10, train_size=1000, test_size=50)
  dataset = dataset._replace(train_ids=np.array([str(i) for i in range(1000)]))
  thin = data.imbalance(dataset, data.parse_imbalance("exp:20"), seed=3)
  kept = thin.train_ids.astype(int)
  np.testing.assert_array_equal(thin.train_images, dataset.train_images[kept])
  np.testing.assert_array_equal(thin.train_labels, dataset.train_labels[kept])
  assert data.class_counts(thin.train_labels, 10)[[0, 9]].tolist() == [100, 5]
  assert thin.test_images is dataset.test_images
  without_ids = dataset._replace(train_ids=None)
  thin_too = data.imbalance(without_ids, data.parse_imbalance("exp:20"), seed=3)
  assert list(thin_too.train_ids) == list(thin.train_ids)


@pytest.mark.parametrize(
  "text", ["", "exp", "exp:", "exp:0.5", "exp:-3", "exp:nan", "exp:inf", "step:10", "100"]
)
def test_texts_of_another_form_are_refused(text):
  with pytest.raises(ValueError, match=f"imbalance: '{text}', must be exp:R with R >= 1"):
    data.parse_imbalance(text)
  assert data.parse_imbalance("exp:2.5").ratio == 2.5


def test_a_ratio_that_empties_a_class_is_refused():
  dataset = data.digits(10, train_size=1000, test_size=10)
  with pytest.raises(ValueError, match=r"'exp:101': ratio: 101, must be in \[1, 100\]"):
    data.imbalance(dataset, data.parse_imbalance("exp:101"))
  thin = data.imbalance(dataset, data.parse_imbalance("exp:100"))
  assert data.class_counts(thin.train_labels, 10)[-1] == 1
  assert data.imbalance(dataset, data.parse_imbalance("none")) is dataset
  with pytest.raises(ValueError, match=r"labels: 3 at position 1, must be in \[0, 2\)"):
    data.long_tail([0, 3], 2, 1)
