"""The program noisy-jax, whose commands are the files beside this one."""

import importlib
import sys

from noisy_jax.cli import huge_pages

_COMMANDS = {
  "demo": "shows in minutes what the library does",
  "train": "trains a network on noisy labels",
  "evaluate": "measures a trained network, or predicts the classes of images",
  "audit": "finds the labels of a data set that are probably wrong",
  "apply": "makes corrected labels of the decisions on an audit",
  "predict": "names the likeliest classes of images, as CSV",
  "verdict": "tells before any training whether a loss learns",
  "recommend": "recommends a loss, a logit bias and a method",
  "estimate-noise": "estimates the transition matrix of unknown noise",
  "sweep": "trains all runs of a grid",
  "report": "makes tables and figures from the runs of a grid",
  "prepare-webvision": "prepares WebVision for TensorFlow Datasets",
}
# The extra of setup.cfg that has a package which only some commands need.
_EXTRAS = {"jinja2": "audit", "msgspec": "experiments", "pandas": "experiments"}


def main() -> None:
  """Runs the command that the first argument names, or lists all."""
  name, *arguments = sys.argv[1:] or ["-h"]
  if name in ("-h", "--help"):
    print("noisy-jax COMMAND [ARGUMENT] [--flag=value ...]")
    print("noisy-jax COMMAND -h lists the flags of a command\n")
    print("\n".join(f"  {name:18} {text}" for name, text in _COMMANDS.items()))
    return
  if name not in _COMMANDS:
    sys.exit(f"error: unknown command {name!r}; known: {', '.join(_COMMANDS)}")
  huge_pages.restart()
  sys.argv = [f"noisy-jax {name}", *arguments]
  from noisy_jax.cli import command_line

  try:
    command = importlib.import_module(f"noisy_jax.cli.{name.replace('-', '_')}")
  except ModuleNotFoundError as error:
    extra = f"[{_EXTRAS[error.name]}]" if error.name in _EXTRAS else ""
    sys.exit(f"error: noisy-jax {name}: needs {error.name}: pip install 'noisy_jax{extra}'")
  command_line.start(command)
