"""Losses as pure functions: loss(logits, labels) -> one value per example.

Labels may be of any integer type. A label outside [0, K), such as -100 for a masked
example, gives NaN, and its gradient is exactly 0, so that `jnp.where(mask, values, 0)`
leaves the example out. But without `jax_enable_x64`, `jax.jit` and `jnp.asarray` cut labels
of 64 bits to 32 before a loss sees them: 2^32 + 1 becomes 1.

A hyperparameter is a scalar, or an array of the labels' shape with one value for each
example; any other shape raises a ValueError. A number must be in its range; the values of
an array are not checked.

A loss has a long name and the short name of `NAMES`, which expressions and flags use: `nce`
is `normalized_cross_entropy`.
"""

from noisy_jax.losses.asymmetric import asymmetric_exponential
from noisy_jax.losses.asymmetric import asymmetric_exponential as ael
from noisy_jax.losses.asymmetric import asymmetric_generalized_cross_entropy
from noisy_jax.losses.asymmetric import asymmetric_generalized_cross_entropy as agce
from noisy_jax.losses.asymmetric import asymmetric_unhinged
from noisy_jax.losses.asymmetric import asymmetric_unhinged as aul
from noisy_jax.losses.binary import with_binary_labels
from noisy_jax.losses.bounded import generalized_cross_entropy
from noisy_jax.losses.bounded import generalized_cross_entropy as gce
from noisy_jax.losses.bounded import mae
from noisy_jax.losses.cross_entropy import cross_entropy
from noisy_jax.losses.cross_entropy import cross_entropy as ce
from noisy_jax.losses.cross_entropy import focal
from noisy_jax.losses.cross_entropy import focal as fl
from noisy_jax.losses.cross_entropy import label_log_prob
from noisy_jax.losses.cross_entropy import label_smoothing
from noisy_jax.losses.cross_entropy import label_smoothing as ls
from noisy_jax.losses.distributionally_robust import label_distributionally_robust_kl
from noisy_jax.losses.distributionally_robust import (
  label_distributionally_robust_kl as ldr_kl,
)
from noisy_jax.losses.eps_softmax import epsilon_softmax_cross_entropy
from noisy_jax.losses.eps_softmax import epsilon_softmax_cross_entropy as ece
from noisy_jax.losses.fused_head import FusedHead
from noisy_jax.losses.fused_head import fused_head
from noisy_jax.losses.hyperparameters import published_loss
from noisy_jax.losses.jensen_shannon import generalized_jensen_shannon
from noisy_jax.losses.jensen_shannon import generalized_jensen_shannon as gjs
from noisy_jax.losses.jensen_shannon import jensen_shannon
from noisy_jax.losses.jensen_shannon import jensen_shannon as js
from noisy_jax.losses.biased_loss import add_logit_bias
from noisy_jax.losses.biased_loss import with_logit_bias
from noisy_jax.losses.logit_clip import clip_logits
from noisy_jax.losses.logit_clip import with_logit_clip
from noisy_jax.losses.names import NAMES
from noisy_jax.losses.names import VIEWS
from noisy_jax.losses.names import defaults
from noisy_jax.losses.negative import normalized_negative_cross_entropy
from noisy_jax.losses.negative import normalized_negative_cross_entropy as nnce
from noisy_jax.losses.negative import normalized_negative_focal
from noisy_jax.losses.negative import normalized_negative_focal as nnfl
from noisy_jax.losses.normalized import normalized_cross_entropy
from noisy_jax.losses.normalized import normalized_cross_entropy as nce
from noisy_jax.losses.normalized import normalized_focal
from noisy_jax.losses.normalized import normalized_focal as nfl
from noisy_jax.losses.normalized import normalized_generalized_cross_entropy
from noisy_jax.losses.normalized import normalized_generalized_cross_entropy as ngce
from noisy_jax.losses.primitives import Loss
from noisy_jax.losses.primitives import one_minus_exp
from noisy_jax.losses.properties import PROPERTIES
from noisy_jax.losses.properties import Properties
from noisy_jax.losses.published_rows import CODES
from noisy_jax.losses.published_rows import PUBLISHED
from noisy_jax.losses.published_rows import PublishedLoss
from noisy_jax.losses.reverse import reverse_cross_entropy
from noisy_jax.losses.reverse import reverse_cross_entropy as rce
from noisy_jax.losses.reverse import symmetric_cross_entropy
from noisy_jax.losses.reverse import symmetric_cross_entropy as sce
from noisy_jax.losses.soft_labels import LabelMixture
from noisy_jax.losses.soft_labels import SoftLoss
from noisy_jax.losses.soft_labels import with_soft_labels
from noisy_jax.losses.spec import AUTO
from noisy_jax.losses.spec import Expression
from noisy_jax.losses.spec import Term
from noisy_jax.losses.spec import parse
from noisy_jax.losses.squared import asymmetric_mean_squared_error
from noisy_jax.losses.squared import asymmetric_mean_squared_error as amse
from noisy_jax.losses.tempered import bi_tempered
from noisy_jax.losses.tempered import tempered_softmax
from noisy_jax.losses.transition import backward_correction
from noisy_jax.losses.transition import forward_correction
from noisy_jax.losses.truncated import partially_huberized_cross_entropy
from noisy_jax.losses.truncated import partially_huberized_cross_entropy as phuber_ce
from noisy_jax.losses.truncated import polysoft_cross_entropy
from noisy_jax.losses.truncated import polysoft_cross_entropy as polysoft
from noisy_jax.losses.truncated import taylor_cross_entropy
from noisy_jax.losses.truncated import taylor_cross_entropy as taylor_ce
from noisy_jax.losses.weighted_sum import weighted_sum

__all__ = [
  "AUTO",
  "CODES",
  "Expression",
  "FusedHead",
  "LabelMixture",
  "Loss",
  "NAMES",
  "PROPERTIES",
  "PUBLISHED",
  "Properties",
  "PublishedLoss",
  "SoftLoss",
  "Term",
  "VIEWS",
  "add_logit_bias",
  "ael",
  "agce",
  "amse",
  "asymmetric_exponential",
  "asymmetric_generalized_cross_entropy",
  "asymmetric_mean_squared_error",
  "asymmetric_unhinged",
  "aul",
  "backward_correction",
  "bi_tempered",
  "ce",
  "clip_logits",
  "cross_entropy",
  "defaults",
  "ece",
  "epsilon_softmax_cross_entropy",
  "fl",
  "focal",
  "forward_correction",
  "fused_head",
  "gce",
  "generalized_cross_entropy",
  "generalized_jensen_shannon",
  "gjs",
  "jensen_shannon",
  "js",
  "label_distributionally_robust_kl",
  "label_log_prob",
  "label_smoothing",
  "ldr_kl",
  "ls",
  "mae",
  "nce",
  "nfl",
  "ngce",
  "nnce",
  "nnfl",
  "normalized_cross_entropy",
  "normalized_focal",
  "normalized_generalized_cross_entropy",
  "normalized_negative_cross_entropy",
  "normalized_negative_focal",
  "one_minus_exp",
  "parse",
  "partially_huberized_cross_entropy",
  "phuber_ce",
  "polysoft",
  "polysoft_cross_entropy",
  "published_loss",
  "rce",
  "reverse_cross_entropy",
  "sce",
  "symmetric_cross_entropy",
  "taylor_ce",
  "taylor_cross_entropy",
  "tempered_softmax",
  "weighted_sum",
  "with_binary_labels",
  "with_logit_bias",
  "with_logit_clip",
  "with_soft_labels",
]
