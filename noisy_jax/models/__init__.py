"""Networks, as flax.linen modules from images to logits."""

from noisy_jax.models.mlp import MLP

__all__ = ["MLP", "NAMES"]

NAMES = {"mlp": MLP}
