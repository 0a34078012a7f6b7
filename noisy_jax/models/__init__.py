"""Networks, as flax.linen modules from images to logits.

All are called as `model.apply(variables, images, train=...)`. In train mode those with
BatchNorm use the statistics of the batch, and update the collection `batch_stats`, which
`mutable=["batch_stats"]` then returns; `params` alone is for the optimizer.
"""

from noisy_jax.models.catalogue import NAMES
from noisy_jax.models.catalogue import build
from noisy_jax.models.catalogue import check_name
from noisy_jax.models.cnn import CNN
from noisy_jax.models.extra_outputs import ExtraOutputs
from noisy_jax.models.initializers import INITIALIZERS
from noisy_jax.models.mlp import MLP
from noisy_jax.models.residual_blocks import BasicBlock
from noisy_jax.models.residual_blocks import Bottleneck
from noisy_jax.models.residual_blocks import PreActBlock
from noisy_jax.models.resnet import ResNet
from noisy_jax.models.small_cnn import SmallCNN

__all__ = [
  "BasicBlock",
  "Bottleneck",
  "CNN",
  "ExtraOutputs",
  "INITIALIZERS",
  "MLP",
  "NAMES",
  "PreActBlock",
  "ResNet",
  "SmallCNN",
  "build",
  "check_name",
]
