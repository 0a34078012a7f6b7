"""The results of an epoch: every metric is declared here, once."""

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple


class Metric(NamedTuple):
  """The declaration of a metric.

  Attributes:
    meaning: a sentence.
    label: a few words for an axis or a heading; empty if no figure draws the metric.
    is_share: whether it lies in [0, 1] and is shown in per cent.
    in_summary: whether a run's summary has its value of the last epoch.
  """

  meaning: str
  label: str
  is_share: bool
  in_summary: bool


def _metric(meaning, label="", *, is_share=True, in_summary=True, **default) -> Any:
  metric = Metric(meaning, label, is_share, in_summary)
  return dataclasses.field(metadata={"metric": metric}, **default)


@dataclasses.dataclass(frozen=True)
class Epoch:
  """The results of one epoch, of one seed; `METRICS` says what each of them is."""

  epoch: int = _metric("Counted from 1.", is_share=False, in_summary=False)
  loss: float = _metric(
    "Mean loss over the epoch's batches as they were trained on, with the noisy labels.",
    "mean loss",
    is_share=False,
  )
  train_accuracy: float = _metric(
    "Accuracy over the epoch's batches as they were trained on, with the noisy labels; of "
    "several labels of an image each counts by its weight.",
    "noisy train",
  )
  test_loss: float | None = _metric(
    "Mean loss over all test examples after the epoch. No noise is added to their labels, "
    "and the method takes no part. A loss of several views gets one; a scheduled loss has "
    "the numbers of the end of the training. With a validation split, all test metrics are "
    "None before the last epoch.",
    "mean loss",
    is_share=False,
    in_summary=False,
  )
  test_accuracy: float | None = _metric(
    "Accuracy on all test examples after the epoch.", "clean test"
  )
  test_top5: float | None = _metric(
    "Share of the test examples whose label is among the five likeliest classes."
  )
  memorised: float | None = _metric(
    "Share of wrong training labels that the network predicts after the epoch, from images "
    "that are not augmented; None if no label is wrong. In a set whose labels are not "
    "known to be right, the wrong labels are the ones that the noise changed.",
    "wrong labels that are predicted",
  )
  corrected: float | None = _metric(
    "Share of wrong training labels for which the network predicts the clean one.",
    "wrong labels that are corrected",
  )
  foreign_auroc: float | None = _metric(
    "AUROC of the confidence as a test of training images for being foreign (see "
    "`noise.auroc`): high where images of the set have more. None without open-set noise."
  )
  seconds: float = _metric(
    "Wall-clock time of the epoch, evaluation included.", is_share=False, in_summary=False
  )
  images_per_second: float = _metric(
    "Training examples by seconds of training, which in the first epoch include "
    "compilation.",
    is_share=False,
    in_summary=False,
  )
  extra_test_accuracy: float | None = _metric(
    "As test_accuracy, on the second test set, `extra_test`; None without one.",
    default=None,
  )
  extra_test_top5: float | None = _metric(
    "As test_top5, on the second test set, `extra_test`; None without one.", default=None
  )
  validation_loss: float | None = _metric(
    "As test_loss, on the validation split; None without one.",
    "mean loss",
    is_share=False,
    in_summary=False,
    default=None,
  )
  validation_accuracy: float | None = _metric(
    "Accuracy on the validation split after the epoch; None without one.",
    "accuracy on the validation split",
    default=None,
  )
  best_test_accuracy: float | None = _metric(
    "Test accuracy of the epoch with the highest validation accuracy, the latest of "
    "equals; None before the last epoch, and without a validation split.",
    in_summary=False,
    default=None,
  )
  clean_auroc: float | None = _metric(
    "AUROC of the method's scores, right training labels against wrong ones, after the "
    "epoch, over the examples that have a score; None if no example has one, as in a "
    "warm-up, or no label is wrong.",
    "AUROC of the scores of labels",
    default=None,
  )
  declared_precision: float | None = _metric(
    "Share of wrong labels among the labels that the method declares wrong; None if it "
    "declares none, if the labels are not known to be right before the noise, or with "
    "open-set noise.",
    "declared labels that are wrong",
    default=None,
  )
  declared_recall: float | None = _metric(
    "Share of wrong labels that the method declares wrong, among those that it has a "
    "verdict on; None if it has no verdicts, or none yet, or no label is wrong.",
    "wrong labels that are declared",
    default=None,
  )
  learned: Mapping[str, float] | None = _metric(
    "Numbers that the method learns beside the network, by name, after the epoch; None if "
    "it learns none.",
    is_share=False,
    default=None,
  )
  scheduled: Mapping[str, float] | None = _metric(
    "Scheduled numbers of the loss, logit_bias or gce.q, by name, at the epoch's last "
    "step; None if no number is scheduled.",
    is_share=False,
    in_summary=False,
    default=None,
  )

  @property
  def deciding_accuracy(self) -> float:
    """The accuracy that decides which epoch is the best: on validation, or else on test."""
    accuracies = self.validation_accuracy, self.test_accuracy
    return next(accuracy for accuracy in accuracies if accuracy is not None)

  def as_dict(self) -> dict[str, Any]:
    """The metrics by name."""
    return {name: getattr(self, name) for name in METRICS}


METRICS: Mapping[str, Metric] = {
  field.name: field.metadata["metric"] for field in dataclasses.fields(Epoch)
}
