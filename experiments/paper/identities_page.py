"""The page of heads trained on features of very many people."""

from collections.abc import Mapping, Sequence
from typing import Any

_TEXT = r"""# Very many people, some with wrong labels

    python -m experiments.paper.identities --out_dir=experiments/results/identities
    python -m experiments.paper.identities --out_dir=experiments/results/identities \
      --classes=2000 --epochs=24
    python -m experiments.paper.identities --out_dir=experiments/results/identities \
      --classes=100000 --epochs=3

Linear heads of K classes, trained by `losses.fused_head` on synthetic features of K
people, as a face network gives them.

- A bias or a q that follow from K let bounded losses start. Without them, MAE and GCE
  recognise 0 and 2 % of 2,000 people after six epochs, 6 and 37 % after 24, and nobody of
  20,000 or 100,000.
- The bias that fades is first with 20,000 people. After six epochs it recognises 75 %: 14
  points more than CE after its best epoch, and 25 more than CE in the end. It memorises
  4 % of the wrong labels, in place of 12 %, and tells strangers best. CE with right labels
  recognises 99 %.
- It is not always first. With 2,000 people and six epochs, it is three points behind MAE*,
  and memorises 5 % in place of 21 %; the people whom it has not learned when the bias is 0
  stay unknown. After 24 epochs it is 22 points ahead of MAE*, and 18 behind GCE with q from
  K: the bias stays so long that 40 % of the wrong labels are memorised, and MAE without a
  bias keeps them.
- GCE with q from K is the best if it has time: with 2,000 people and 24 epochs it
  recognises 95.6 %, four points fewer than CE with right labels, memorises 12 % of the
  wrong labels, and tells strangers best. After six epochs it has learned half of the
  people; of 20,000 it has learned 36 % by then, and still rises. In the three epochs of
  100,000 people it does not get far: 2 %.
- MAE* starts at once, but does not bear the noise: its accuracy falls soon. It is 25
  points ahead of CE with 2,000 people and six epochs, and 8 points behind with 20,000.
  This is what the theory says of a constant bias: with these K, it bears at most 3 % and
  0.3 % of symmetric noise ([why](../../../docs/fading_bias.md#what-noise-a-bias-bears)).
- CE is at its best after the first epoch, of 100,000 people after the second. From then on
  it memorises. In three epochs it has memorised 1 % of the wrong labels of 100,000 people,
  and is 30 points ahead of both biases: it recognises 66 %, they 37 and 36 %. MAE with the
  bias that fades still rises then, and has memorised 0.4 %. CE with right labels and more
  epochs were not run with so many people.

## Settings

- A person is a unit vector in 64 dimensions, in a random direction. An image is this
  vector with a random one of about the same length added: two images of a person have a
  cosine of about 1/2. Face networks have 128 to 512 dimensions; 64 keep the trainings
  short, and bring other people near (the nearest of 20,000 has a cosine of about 0.48).
  Real people have relatives, images that are alike in light and pose, and classes of all
  sizes; here all directions are random, and all classes equal.
- Of the training images, 90 % are nine images of each person, and 30 % of these have the
  label of another, drawn at random. The other 10 % show one image each of strangers, who
  are in no class, with random labels.
- Features have the length 8, and initial weights are from N(0, 1/64). So fresh logits are
  from N(0, 1), for which the bias and q are calibrated. There is no bias vector and no
  weight decay.
- SGD with a momentum of 0.9, batches of 500, and a learning rate of 8 that falls to 0
  along a cosine. The rate was chosen on 2,000 people with right labels: of 1, 2, 4, 8 and
  16, it is the largest with which CE comes within one point of its best in six epochs.
  All losses have it, and none was tuned. We had seen trainings with wrong labels, of
  2,000 and 4,000 people, before we fixed rate and epochs. A smaller rate favours CE: at
  3, with 2,000 people and five epochs, it ended at 79 % and MAE* at 72 %.

Accuracy is on new images of known people, one each, in % after the last epoch, and after
the best one, which only right labels can tell. Memorised is the share of wrong labels
that are predicted for their images in the end, in %. AUROC tells known people from
strangers on new images of both, by the probability of the likeliest class. Of more than
20,000 images of a kind, 20,000 are measured. "q from K" is what `gce(q=auto)` stands for.
All is from one seed. Core minutes are those of a processor, with the measurements.
"""
_COLUMNS = ["K", "epochs", "loss", "number", "accuracy", "best (epoch)", "memorised"]
_COLUMNS += ["AUROC", "core minutes"]


def text(rows: Sequence[Mapping[str, Any]]) -> str:
  """The page as Markdown, from the rows of the table."""
  ordered = sorted(rows, key=lambda row: (row["num_classes"], row["epochs"]))
  lines = [_COLUMNS, ["---:", "---:", "---", "---", *["---:"] * 5], *map(_cells, ordered)]
  table = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
  return f"{_TEXT}\n{table}"


def _cells(row):
  accuracies = row["accuracies"]
  best = max(accuracies)
  return [
    f"{row['num_classes']:,}",
    str(row["epochs"]),
    row["loss"],
    row["chosen"],
    _percent(accuracies[-1]),
    f"{_percent(best)} ({accuracies.index(best) + 1})",
    "" if row["memorised"] is None else _percent(row["memorised"]),
    f"{row['auroc']:.3f}",
    f"{row['core_minutes']:.1f}",
  ]


def _percent(share):
  return f"{100 * share:.1f}"
