r"""Recommends a loss, a logit bias and a method, with the trainings that support them.

  noisy-jax recommend --num_classes=100 --noise=symmetric --noise_rate=0.4
  noisy-jax recommend --num_classes=1000 --epochs=6

The first line of the answer ends with flags for train. --loss=auto of train takes the same
recommendation.
"""

from absl import flags

from noisy_jax.cli import messages

_NUM_CLASSES = flags.DEFINE_integer("num_classes", None, "Number of classes.")
_NOISE = flags.DEFINE_string(
  "noise",
  None,
  "Kind of noise, named as for train, such as symmetric or pairflip, or human for any "
  "labels of people; left out if it is unknown.",
)
_NOISE_RATE = flags.DEFINE_float(
  "noise_rate",
  None,
  "Share of wrong labels, in [0, 1); left out if it is unknown.",
)
_EPOCHS = flags.DEFINE_integer("epochs", None, "Number of epochs; many by default.")


def main(argv):
  messages.only_flags(argv)
  # Not on top: the help of this command needs no JAX.
  from noisy_jax import analysis

  with messages.ending_in_one_line(ValueError):
    if _NUM_CLASSES.value is None:
      raise ValueError("num_classes: None, must be a whole number from 2 on")
    recommended = analysis.recommend(
      _NUM_CLASSES.value, _NOISE.value, _NOISE_RATE.value, _EPOCHS.value
    )
  for line in str(recommended).splitlines():
    messages.say(line)
