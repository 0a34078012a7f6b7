"""The results of an epoch: every metric is declared here, once."""

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple


class Metric(NamedTuple):
  """What a number of an epoch is.

  Attributes:
    meaning: a sentence.
    label: a few words, for an axis or a heading; empty where none is drawn.
    is_share: whether it lies in [0, 1], and is shown in per cent.
    in_summary: whether the summary of a run has it, of the last epoch.
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
    "Mean over the epoch's batches, as they were seen, on the noisy labels.",
    "mean loss",
    is_share=False,
  )
  train_accuracy: float = _metric(
    "Over the epoch's batches, as they were seen, on the noisy labels.", "noisy train"
  )
  test_loss: float = _metric(
    "The loss, whatever the method, after the epoch, mean over all test examples, to which "
    "no noise is added; of one view of each image, if it was trained on several, and as it "
    "is at the end, if numbers in it change.",
    "mean loss",
    is_share=False,
    in_summary=False,
  )
  test_accuracy: float = _metric("After the epoch, on all test examples.", "clean test")
  test_top5: float = _metric(
    "As test_accuracy, with the label among the five likeliest classes."
  )
  memorised: float | None = _metric(
    "Share of wrong training labels that the network predicts after the epoch, from images "
    "that are not augmented; None if no label is wrong. Where the labels of a set are not "
    "known to be right, wrong ones are here those that noise was put into.",
    "wrong labels that are predicted",
  )
  corrected: float | None = _metric(
    "Share of wrong training labels for which the network predicts the clean one.",
    "wrong labels that are corrected",
  )
  foreign_auroc: float | None = _metric(
    "How well confidence tells training images that belong to the set from foreign ones "
    "(see `noise.auroc`); None without open-set noise."
  )
  seconds: float = _metric(
    "Wall-clock time of the epoch, evaluation included.", is_share=False, in_summary=False
  )
  images_per_second: float = _metric(
    "Training examples over the time of the training part, which in the first epoch "
    "includes compilation.",
    is_share=False,
    in_summary=False,
  )
  extra_test_accuracy: float | None = _metric(
    "As test_accuracy, on the images of `extra_test`; None without any.", default=None
  )
  extra_test_top5: float | None = _metric(
    "As test_top5, on the images of `extra_test`; None without any.", default=None
  )
  clean_auroc: float | None = _metric(
    "How well the method's scores tell right training labels from wrong ones, after the "
    "epoch, of the examples that have a score; None where none has one, as in a warm-up, "
    "or no label is wrong.",
    "AUROC of the scores of labels",
    default=None,
  )
  declared_precision: float | None = _metric(
    "Of the examples that the method declares wrong, the share that are; None where it "
    "declares none, or the labels are not known to be right before noise.",
    "declared labels that are wrong",
    default=None,
  )
  declared_recall: float | None = _metric(
    "Of the wrong examples on which the method has a verdict, the share that it declares "
    "so; None where it has none yet, or never, or no label is wrong.",
    "wrong labels that are declared",
    default=None,
  )
  learned: Mapping[str, float] | None = _metric(
    "Numbers that the method learns beside the network, by name, after the epoch; None "
    "where it learns none.",
    is_share=False,
    default=None,
  )
  scheduled: Mapping[str, float] | None = _metric(
    "Numbers in the loss that change as training goes on, by name, at the epoch's last "
    "step: logit_bias, gce.q; None where none does.",
    is_share=False,
    in_summary=False,
    default=None,
  )

  def as_dict(self) -> dict[str, Any]:
    """The metrics by name."""
    return {name: getattr(self, name) for name in METRICS}


METRICS: Mapping[str, Metric] = {
  field.name: field.metadata["metric"] for field in dataclasses.fields(Epoch)
}
