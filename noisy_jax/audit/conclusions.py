"""From the probabilities of all classes to what an audit says."""

import numpy as np

from noisy_jax import data, noise
from noisy_jax.audit.copies import copies
from noisy_jax.audit.estimation import estimate
from noisy_jax.audit.findings import Findings, Summary

# Fewer examples of a class are too few to say which are wrong.
_FEW = 20
_SHOWN = 10
_MOSTLY = 0.5
# A network that repeats more of the labels may have memorised wrong ones.
_REPEATED = 0.9
_MEANING = {
  False: (
    "The score of a label is the logarithm of its probability over that of the likeliest "
    "other class, by a network that was trained on all labels with a method that memorises "
    "few wrong ones. Below 0 that class is the likelier one."
  ),
  True: (
    "The score of a label is the logarithm of its probability over that of the likeliest "
    "other class, by a network that was not trained on the example. Below 0 that class is "
    "the likelier one."
  ),
}
_ESTIMATION = (
  "The confident joint estimates the number of wrong labels, and as many are declared. It "
  "takes mistakes of the network for wrong labels. A fit of the network's probabilities to "
  "the given labels takes wrong labels of look-alike classes for right ones. The intervals "
  "lie between the two; that of the noise rate ends where every label counts as wrong that "
  "the network disagrees with. To know, judge some declared labels in random order."
)


def conclude(
  name: str, dataset: data.AnyDataset, probabilities: np.ndarray, *, out_of_fold: bool
) -> tuple[Findings, Summary]:
  """Scores labels, declares as many of the lowest as are wrong by estimate, and sums up.

  The confident joint estimates the number of wrong labels (`noise.confident_joint`). It
  asks the network for more than a preference: a class must be likelier than it is for
  examples labelled so. So fewer labels are declared than have a negative score where the
  network is weak.

  Args:
    name: name of the set.
    dataset: the set, whose training split has all n examples, with ids that all differ.
    probabilities: probability of every class for each example, float32[n, K].
    out_of_fold: whether the network of an example was trained without it.

  Returns:
    `Findings` and `Summary`.

  Raises:
    ValueError: if a class has no label.
  """
  labels, num_classes = dataset.train_labels, dataset.num_classes
  images = dataset.images("train")
  scores, others = margins(probabilities, labels)
  joint = noise.confident_joint(probabilities, labels)
  num_wrong = round(len(labels) - float(np.trace(joint)))
  threshold = _threshold(scores, num_wrong)
  declared = scores < threshold
  likely = np.where(declared | (scores < 0), others, labels)
  ids = images.ids() if isinstance(images, data.Stream) else dataset.train_ids
  findings = Findings(
    np.asarray(ids), labels, likely, scores, declared, copies(images, labels)
  )
  found = estimate(probabilities, labels, joint, declared)
  counts = data.class_counts(labels, num_classes)
  class_noise = 1 - np.diagonal(joint) / counts
  names = dataset.class_names or tuple(map(str, range(num_classes)))
  notes = _notes(names, counts, class_noise, found.unlearned)
  repeated = float((probabilities.argmax(axis=1) == labels).mean())
  if repeated > _REPEATED and not out_of_fold:
    notes.append(
      f"the network repeats {repeated:.1%} of the labels; if more of them are wrong than "
      "the rest, it has memorised these, and the estimates are too low: --folds=5 scores "
      "by networks that have not seen the label"
    )
  return findings, Summary(
    dataset=name,
    class_names=names,
    score_meaning=_MEANING[out_of_fold],
    threshold=threshold,
    noise_rate=found.noise_rate,
    false_alarms=found.false_alarms,
    estimation=_ESTIMATION,
    transition=joint / joint.sum(axis=1, keepdims=True),
    class_noise=class_noise,
    notes=(*dataset.notes, *notes),
  )


def margins(probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
  """The margin log p_y - max_{j != y} log p_j of each label y, and the likeliest other j.

  Args:
    probabilities: p, float[n, K]; at least float32's smallest normal number counts.
    labels: y, int[n].

  Returns:
    Margins, float32[n], and classes, int32[n].

  Example:
    >>> scores, others = margins(np.array([[0.2, 0.8], [0.5, 0.5]]), np.array([0, 1]))
    >>> scores.round(3).tolist(), others.tolist()
    ([-1.386, 0.0], [1, 0])
  """
  places = np.arange(len(labels))
  rest = np.array(probabilities, np.float32)
  own = rest[places, labels]
  rest[places, labels] = -1
  likeliest = rest.argmax(axis=1)
  tiny = np.finfo(np.float32).tiny
  of_other = np.maximum(rest[places, likeliest], tiny)
  return np.log(np.maximum(own, tiny)) - np.log(of_other), likeliest.astype(np.int32)


def _threshold(scores, number):
  """The score with `number` scores below it, or as near to it as equal ones allow."""
  ranked = np.sort(scores)
  at = ranked[number]
  num_below = np.searchsorted(ranked, at)
  num_upto = np.searchsorted(ranked, at, side="right")
  # Where the network has probabilities of 0, many scores are equal.
  is_nearer = num_upto - number < number - num_below
  return float(ranked[num_upto] if is_nearer and num_upto < len(ranked) else at)


def _notes(names, counts, class_noise, unlearned):
  few = [f"{names[k]} ({counts[k]})" for k in np.flatnonzero(counts < _FEW)]
  learned = np.setdiff1d(np.flatnonzero(class_noise > _MOSTLY), unlearned)
  noisy = [f"{names[k]} ({class_noise[k]:.0%})" for k in learned]
  notes = [
    (few, f"classes with fewer than {_FEW} examples, too few to judge"),
    (noisy, "classes whose labels are mostly wrong"),
    (
      [names[k] for k in unlearned],
      "classes whose labels are nearly all declared, so that either all are wrong or the "
      "network has not learned the class",
    ),
  ]
  return [f"{what}: {_first(which)}" for which, what in notes if which]


def _first(texts):
  more = len(texts) - _SHOWN
  return ", ".join(texts[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
