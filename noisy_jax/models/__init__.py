"""Networks, as flax.linen modules from images to logits.

Call a network as `model.apply(variables, images, train=...)`. In train mode, a network with
BatchNorm uses the statistics of the batch and updates the collection `batch_stats`, which
`mutable=["batch_stats"]` then returns; the optimizer gets `params` only.
"""

from noisy_jax.models.catalogue import NAMES
from noisy_jax.models.catalogue import build
from noisy_jax.models.catalogue import check_name
from noisy_jax.models.catalogue import takes_features
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
  "takes_features",
]
