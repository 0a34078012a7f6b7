r"""Tells, before any training, whether a loss learns on a number of classes.

  noisy-jax verdict mae --num_classes=1000
  noisy-jax verdict '10*nce + 0.1*agce(a=1.8, q=3)' --num_classes=100 --epochs=40

The argument is a loss, as --loss of train has it. The answer is learns, marginal or stalls,
with the expected gain of a logit bias. Neither data nor a network is needed.
"""

from absl import flags

from noisy_jax.cli import messages

_NUM_CLASSES = flags.DEFINE_integer("num_classes", None, "Number of classes.")
_EPOCHS = flags.DEFINE_integer(
  "epochs",
  None,
  "Number of epochs of the training; 6, a short one, by default.",
)


def main(argv):
  text = messages.one_argument(argv, "LOSS", "loss, such as mae")
  # Not on top: the help of this command needs no JAX.
  from noisy_jax import analysis, checks, losses

  with messages.ending_in_one_line(ValueError):
    num_classes = _NUM_CLASSES.value
    if num_classes is None:
      raise ValueError("num_classes: None, must be a whole number from 2 on")
    checks.check_num_classes(num_classes)
    loss = analysis.calibration.resolve(losses.parse(text), num_classes)
    found = analysis.verdict(loss, num_classes, epochs=_EPOCHS.value)
  verb = "is marginal" if found.answer == "marginal" else found.answer
  messages.say(f"{loss} {verb} on {num_classes:,} classes")
  messages.say(
    f"pull: {found.before.pull:.2g}, that of cross-entropy times "
    f"{found.of_cross_entropy:.2g}, its own on 10 classes times {found.strength:.2g}"
  )
  messages.say(found.advice)
  if found.logit_bias:
    messages.say(f"--logit_bias=auto of train adds {found.logit_bias:g}")
