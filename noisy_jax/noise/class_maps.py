"""The class maps of the asymmetric benchmarks."""

from collections.abc import Mapping
from typing import NamedTuple


class ClassMap(NamedTuple):
  """A map for `class_map_matrix`, with its usual sampling.

  Attributes:
    pairs: class id of each class that changes to its target.
    num_classes: K of the data set.
    sampling: sampling for `from_matrix`, as in the code of APL and ALFs on this data set.
    source: users of the map, and remarks on it.
    in_turn: whether the pairs apply one after the other, in their order, each to the labels
      after the pairs before it: `flip_in_turn`.
  """

  pairs: Mapping[int, int]
  num_classes: int
  sampling: str
  source: str
  in_turn: bool = False


# The class id of a name in CIFAR-100 is its place in alphabetical order.
# Source: Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009; names as
# in the files of the data set.
CIFAR100_SUPERCLASSES: Mapping[str, tuple[str, ...]] = {
  "aquatic_mammals": ("beaver", "dolphin", "otter", "seal", "whale"),
  "fish": ("aquarium_fish", "flatfish", "ray", "shark", "trout"),
  "flowers": ("orchid", "poppy", "rose", "sunflower", "tulip"),
  "food_containers": ("bottle", "bowl", "can", "cup", "plate"),
  "fruit_and_vegetables": ("apple", "mushroom", "orange", "pear", "sweet_pepper"),
  "household_electrical_devices": (
    "clock",
    "keyboard",
    "lamp",
    "telephone",
    "television",
  ),
  "household_furniture": ("bed", "chair", "couch", "table", "wardrobe"),
  "insects": ("bee", "beetle", "butterfly", "caterpillar", "cockroach"),
  "large_carnivores": ("bear", "leopard", "lion", "tiger", "wolf"),
  "large_man-made_outdoor_things": ("bridge", "castle", "house", "road", "skyscraper"),
  "large_natural_outdoor_scenes": ("cloud", "forest", "mountain", "plain", "sea"),
  "large_omnivores_and_herbivores": (
    "camel",
    "cattle",
    "chimpanzee",
    "elephant",
    "kangaroo",
  ),
  "medium_mammals": ("fox", "porcupine", "possum", "raccoon", "skunk"),
  "non-insect_invertebrates": ("crab", "lobster", "snail", "spider", "worm"),
  "people": ("baby", "boy", "girl", "man", "woman"),
  "reptiles": ("crocodile", "dinosaur", "lizard", "snake", "turtle"),
  "small_mammals": ("hamster", "mouse", "rabbit", "shrew", "squirrel"),
  "trees": ("maple_tree", "oak_tree", "palm_tree", "pine_tree", "willow_tree"),
  "vehicles_1": ("bicycle", "bus", "motorcycle", "pickup_truck", "train"),
  "vehicles_2": ("lawn_mower", "rocket", "streetcar", "tank", "tractor"),
}


def _circles(groups):
  """Pairs in which each member of a group turns into the next, the last into the first."""
  return {
    source: target
    for group in groups
    for source, target in zip(group, group[1:] + group[:1], strict=True)
  }


def _superclass_ids():
  names = sorted(name for names in CIFAR100_SUPERCLASSES.values() for name in names)
  class_id = {name: place for place, name in enumerate(names)}
  return [sorted(class_id[name] for name in n) for n in CIFAR100_SUPERCLASSES.values()]


_MNIST = {2: 7, 3: 8, 5: 6, 6: 5, 7: 1}

CLASS_MAPS: Mapping[str, ClassMap] = {
  "mnist": ClassMap(
    _MNIST,
    10,
    "iid",
    "Patrini et al., CVPR 2017: digits that look alike. Half of the classes change.",
  ),
  "fashion_mnist": ClassMap(
    _MNIST,
    10,
    "iid",
    "The map of MNIST, as in the code of eps-softmax (Wang et al., NeurIPS 2024). It is "
    "arbitrary here: these pairs of clothes do not look alike, and no map made for "
    "Fashion-MNIST is in common use.",
  ),
  "cifar10": ClassMap(
    {2: 0, 3: 5, 4: 7, 5: 3, 9: 1},
    10,
    "exact",
    "Patrini et al., CVPR 2017, as in the codes of ANL (Ye et al., NeurIPS 2023) and "
    "LogitClip (Wei et al., ICML 2023): bird to airplane, cat to dog and dog to cat, deer "
    "to horse, truck to automobile. Half of the classes change.",
  ),
  "cifar10_in_turn": ClassMap(
    {9: 1, 2: 0, 3: 5, 5: 3, 4: 7},
    10,
    "exact",
    "The codes of APL (Ma et al., ICML 2020), ALFs (Zhou et al., ICML 2021), GJS "
    "(Englesson and Azizpour, NeurIPS 2021), eps-softmax (Wang et al., NeurIPS 2024) and "
    "JAL (Wang et al., ICCV 2025): the same map, but cats become dogs before dogs become "
    "cats, so that part of them goes back: T[cat, dog] = r - r^2.",
    in_turn=True,
  ),
  "cifar100_block5": ClassMap(
    _circles([list(range(start, start + 5)) for start in range(0, 100, 5)]),
    100,
    "iid",
    "The code of Patrini et al., CVPR 2017, APL (Ma et al., ICML 2020) and ALFs (Zhou et "
    "al., ICML 2021): circles of five class ids in a row. The papers call these groups "
    "superclasses; they are neighbours in the alphabet.",
  ),
  "cifar100_superclass": ClassMap(
    _circles(_superclass_ids()),
    100,
    "iid",
    "The code of GJS (Englesson and Azizpour, NeurIPS 2021): circles by name inside each "
    "of the 20 superclasses. (That code changes a fixed number of labels, whatever their "
    "class.)",
  ),
}
