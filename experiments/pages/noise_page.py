r"""Writes docs/noise.md, the page of the kinds of noise, from the package's own matrices.

  python -m experiments.pages.noise_page

It draws the pictures of the page too, in docs/pictures/noise.
"""

import pathlib

from experiments.pages import noise_pictures, papers
from noisy_jax import noise
from noisy_jax.cli import command_line, messages
from noisy_jax.reports import tables

PATH = pathlib.Path(__file__).parents[2] / "docs" / "noise.md"

_PAGE = r"""<!-- Made by: python -m experiments.pages.noise_page -->

# Noise

A kind of noise is a flag, `--noise`, and most have a rate, `--noise_rate`. In Python the
functions are in `noisy_jax.noise`, and `noise.parse` reads the same texts. Every kind gives
`NoisyLabels`: the labels to train on with the clean ones beside them, which no training
step sees.

| `--noise` | a share `--noise_rate` of the training labels |
| --- | --- |
| [`symmetric`](#symmetric) | becomes any other class; with `symmetric_including_true` any class |
| [`pairflip`](#pair-flips) | becomes the next class |
| [`asymmetric`, `asymmetric:MAP`](#asymmetric) | of the classes in a map becomes the class it is taken for, as in the benchmarks on MNIST, CIFAR-10 and CIFAR-100; on CIFAR-10 as in ANL's code, while most others have `asymmetric:cifar10_in_turn`, where part of the cats that became dogs goes back |
| [`instance`, `instance:PIXELS`](#of-the-image) | becomes a class that the image decides: by standardised pixels, which is nearly symmetric over all images; or by `raw` ones, as published, or `unit` ones (from 0 to 1), where most of a class becomes one or two others |
| [`open_set:DATASET`, `open_set:COUNT`](#open-set) | stays, and the images become foreign: from another set, or from the last COUNT classes, which are held out |
| [`matrix:FILE`](#a-matrix-of-your-own) | (no rate) changes by a transition matrix, .npy or .csv |
| [`file:PATH`](#labels-from-a-file) | (no rate) is what a .npy, .csv, .json or .pt file says, by id or by position; `file:PATH::COLUMN` names a column |
| [`human:KIND`](#labels-of-people) | (no rate) is what people gave: `worse`, `aggre`, `random1`, `random2` or `random3` for CIFAR-10, `noisy` for CIFAR-100; `votes` trains on all three labels of CIFAR-10, a third each, and counts as wrong where their majority, `aggre`, is |

The **transition matrix** of a noise has the probability $T_{ij}$ of the label $j$ for an
image of class $i$; each row adds up to 1. The pictures are at the rate $r = 0.4$, with
colors on a square-root scale.

## Symmetric

$$T_{ij} = \begin{cases} 1 - r & \text{if } i = j \cr \frac{r}{K - 1} & \text{otherwise} \end{cases}$$

`symmetric` is that of the codes of APL and ALFs. `symmetric_including_true`, that of the
codes of ELR, DivideMix and GJS, draws from all $K$ classes, $r / K$ each, so that only
$r (K - 1) / K$ of the labels are wrong.

![Matrices of symmetric noise and pair flips](pictures/noise/symmetric.png)

## Pair flips

$$T_{i, i + 1} = r, \quad T_{ii} = 1 - r, \quad \text{and the last class becomes the first}$$

From Co-teaching (Han et al., NeurIPS 2018). From $r = 1/2$ on, the true class is not the
likeliest label.

## Asymmetric

A map sends some classes to the class that they are taken for; the others stay clean:
$T_{i, \text{map}(i)} = r$ and $T_{ii} = 1 - r$. `asymmetric` takes the map of the data set,
`asymmetric:MAP` one by name:

{maps}
![Matrices of the maps of ten classes](pictures/noise/asymmetric.png)

The map of Fashion-MNIST looks like that of MNIST.

![Matrices of the maps of CIFAR-100](pictures/noise/asymmetric_cifar100.png)

## Of the image

With the flattened image $x_i$, its class $y_i$ and a matrix $W_{y_i}$ of numbers from
$N(0, 1)$ for each class, an image has a rate of its own, and its pixels decide the wrong
label:

$$q_i \sim N(r, 0.1^2) \text{ cut to } [0, 1], \quad P(j) = q_i \cdot \text{softmax}_{j \ne y_i}(x_i W_{y_i})_j, \quad P(y_i) = 1 - q_i$$

The code of Xia et al., *Part-dependent Label Noise*, NeurIPS 2020, has pixels from 0 to
255: `instance:raw`. Then all images have about the same direction, and most labels of a
class get one or two targets. With pixels from 0 to 1, `instance:unit`, it is about the
same. `instance`, our choice, standardises them. On CIFAR-10 the commonest wrong label of a
class has a share of 0.23 of its wrong labels with standardised pixels, and 0.63 with raw
ones. The picture is of `digits10`, whose images of a class are alike, so that its
standardised noise is less even:

![Realised matrices of noise that the image decides](pictures/noise/instance.png)

The cut moves the mean of $q_i$, and so the realised rate: to 0.129 at a rate of 0.1, 0.206
at 0.2, 0.400 at 0.4.

## Open set

The labels stay, and a share $r$ of the images is replaced by images of none of the classes:
of another set, `open_set:DATASET`, or of the last classes, `open_set:COUNT`, which are then
held out. Foreign images are taken at random, each once before any is
taken again. Results have how well the network's confidence separates foreign images from
others (AUROC). From Wang et al., *Iterative Learning with Open-set Noisy Labels*, CVPR
2018.

## A matrix of your own

`matrix:FILE` reads any transition matrix, a .npy file or a .csv file with a row a line and
no header; rows are divided by their sum. `noise.estimate_transition` estimates one from the
predictions of networks, and `--correction=forward:FILE` and `backward:FILE` correct
cross-entropy by one.

## Labels from a file

`file:PATH` takes labels that exist: a .npy, .csv, .json or .pt file, by the ids of the
images or by position. The labels are the column that `file:PATH::COLUMN` names, or the
column `noisy`, or the only one beside `clean` and `id`. Clean labels in the file must equal
those of the images; without ids and clean labels, labels that agree with the clean ones no
more often than by chance are refused, as their order must be another.

## Labels of people

CIFAR-10N and CIFAR-100N (Wei et al., ICLR 2022) are labels that people gave to the training
images of CIFAR, three to each image of CIFAR-10 and one of CIFAR-100. They are joined to
the images by their ids, and need the TFDS set `cifar10_n` or `cifar100_n`.

| `--noise` | the label of an image | wrong, in the published files |
| --- | --- | --- |
| `human:random1`, `random2`, `random3` | of one person | 17.2, 18.1 and 17.6 % |
| `human:aggre` | the majority of the three | 9.0 % |
| `human:worse` | a wrong one of the three, if there is any | 40.2 % |
| `human:votes` | all three, a third each | where the majority is |
| `human:noisy` (CIFAR-100) | of one person | 40.2 % |

The command below draws the noise of any flags. These are the worst labels of CIFAR-10. Cats
and dogs are taken for each other, so are automobiles and trucks, and deer are taken for
horses and dogs:

![CIFAR-10 as people labelled it: matrix and images](../experiments/results/figures/noise.png)

    python -m experiments.paper.figures --figure=noise --dataset=cifar10 \
      --noise=human:worse --data_dir=DIR

## Seeds and counts

The noise has its own seed, `--noise_seed`, so that networks with other `--seed`s see the
same labels. `--noise_sampling` says how labels are drawn from a matrix: `exact` changes
$(1 - T_{ii}) n_i$ of the $n_i$ labels of a class, rounded; `exact_pairs` also fixes how
many become each class; `iid` draws every label by itself. `published`, the default, is
what the codes of APL and ALFs do: `iid` by the maps of MNIST and CIFAR-100, `exact`
otherwise.

## What counts as wrong

The number of wrong labels is reported if the labels before the noise are known to be right:
for `digitsK` and TFDS sets, except WebVision, Food-101 and the Controlled Noisy Web Labels.
In a folder or an npz file of your own they are *labels as given*: the noise rate is null,
and so is the precision of a method that declares labels wrong. With `--noise` on top, only
the labels that the noise changed count as wrong in the shares memorised, corrected and
recalled.
"""  # noqa: E501


def main(argv):
  messages.only_flags(argv)
  noise_pictures.write()
  PATH.write_text(page())


def page() -> str:
  """The page as Markdown."""
  return _PAGE.replace("{maps}", _maps())


def _maps():
  rows = []
  for name, each in noise.CLASS_MAPS.items():
    some = list(each.pairs.items())[:5]
    pairs = ", ".join(f"{source} to {target}" for source, target in some)
    pairs += ", ..." * (len(each.pairs) > len(some))
    rows.append((f"`{name}`", each.num_classes, pairs, papers.link(each.source)))
  return tables.markdown(["map", "classes", "pairs", "source"], rows)


if __name__ == "__main__":
  command_line.run(main)
