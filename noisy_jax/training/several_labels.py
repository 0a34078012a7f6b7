"""The settings that give an image several labels, and those that need it to have one."""

from noisy_jax import data, methods, noise
from noisy_jax.training import objective


def check(
  augmentation: data.Augmentation,
  kind: noise.NoiseKind,
  settings: objective.ObjectiveSettings,
  spec: methods.MethodSpec,
  method: methods.Method,
) -> None:
  """Refuses to give several labels to an image that must have one.

  Args:
    augmentation: the transformations of the images, which may mix them.
    kind: kind of noise, which may have the labels of several people.
    settings: the objective's settings.
    spec: the name and hyperparameters of the method.
    method: this method around the loss.

  Raises:
    ValueError: if the method remembers the examples or takes rows of them after a step, or
      if the loss compares several views of an image.
  """
  if augmentation.mixing is not None:
    setting = f"augmentation: {augmentation}"
  elif kind.has_votes:
    setting = f"noise: {kind}"
  else:
    return
  wanted = f"{setting}, must leave each image one label with"
  if method.remembers_examples or method.after_step is not None:
    raise ValueError(f"{wanted} method {spec}, which follows the label of each")
  if objective.num_views_of(settings) > 1:
    raise ValueError(f"{wanted} loss {settings.loss}, which compares several views of it")
