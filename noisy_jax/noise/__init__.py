"""Kinds of label noise, each with a definition and a source.

Arguments have one order: labels (or images, if the labels stay), the matrix, class map,
images or file that the change follows, the number of classes, the rate; then, by keyword,
the random key and the options.
"""

from noisy_jax.checks import check_labels
from noisy_jax.checks import check_matrix
from noisy_jax.noise.auroc import auroc
from noisy_jax.noise.class_maps import CLASS_MAPS
from noisy_jax.noise.class_maps import ClassMap
from noisy_jax.noise.columns import numbers_from_file
from noisy_jax.noise.estimation import confident_joint
from noisy_jax.noise.estimation import estimate_transition
from noisy_jax.noise.in_turn import flip_in_turn
from noisy_jax.noise.instance import PIXELS
from noisy_jax.noise.instance import instance_dependent
from noisy_jax.noise.label_file import labels_from_file
from noisy_jax.noise.kinds import KINDS
from noisy_jax.noise.kinds import NoiseKind
from noisy_jax.noise.kinds import parse
from noisy_jax.noise.matrices import class_map_matrix
from noisy_jax.noise.matrices import load_matrix
from noisy_jax.noise.matrices import pairflip_matrix
from noisy_jax.noise.matrices import symmetric_matrix
from noisy_jax.noise.noisy_labels import NoisyLabels
from noisy_jax.noise.noisy_labels import describe
from noisy_jax.noise.open_set import OpenSet
from noisy_jax.noise.open_set import open_set
from noisy_jax.noise.sampling import from_matrix
from noisy_jax.noise.symmetric import symmetric

__all__ = [
  "CLASS_MAPS",
  "ClassMap",
  "KINDS",
  "NoiseKind",
  "NoisyLabels",
  "OpenSet",
  "PIXELS",
  "auroc",
  "check_labels",
  "check_matrix",
  "class_map_matrix",
  "describe",
  "confident_joint",
  "estimate_transition",
  "flip_in_turn",
  "from_matrix",
  "instance_dependent",
  "labels_from_file",
  "load_matrix",
  "numbers_from_file",
  "open_set",
  "pairflip_matrix",
  "parse",
  "symmetric",
  "symmetric_matrix",
]
