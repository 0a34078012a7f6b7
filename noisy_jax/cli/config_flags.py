"""TrainConfig as absl flags: one flag a field, of the same name, default and help."""

import dataclasses
from typing import Any

from absl import flags

from noisy_jax.sweeps import published_losses, recipes
from noisy_jax.training import TrainConfig, defaults, defaults_of_dataset


class _NumberOrAuto(flags.ArgumentParser):
  syntactic_help = "a number or auto"

  def parse(self, argument):
    try:
      return "auto" if argument == "auto" else float(argument)
    except ValueError:
      raise ValueError("must be a number or auto") from None


class _Widths(flags.ArgumentParser):
  syntactic_help = "integers with commas between them"

  def parse(self, argument):
    return tuple(int(width) for width in argument.split(","))


_PARSERS: dict[Any, flags.ArgumentParser] = {
  int: flags.IntegerParser(),
  float: flags.FloatParser(),
  str: flags.ArgumentParser(),
  float | str: _NumberOrAuto(),
  tuple[int, ...]: _Widths(),
}
_SERIALIZERS: dict[Any, flags.ArgumentSerializer] = {
  tuple[int, ...]: flags.ListSerializer(",")
}

_FIELDS = dataclasses.fields(TrainConfig)
# Values and defaults of the commands in addition to those of `TrainConfig`.
_MORE_HELP = {
  name: f" Default for images other than digitsK, without --model and --widths: {value}."
  for name, value in defaults.OF_IMAGES.items()
}
_MORE_HELP["loss"] = " auto: the loss, bias and method of docs/choosing.md for the run."


def define(*names: str) -> dict[str, flags.FlagHolder]:
  """Defines the flags.

  Args:
    *names: names of the fields that get a flag; all fields by default.

  Returns:
    The holder of each field's flag.
  """
  return {
    field.name: _define(field) for field in _FIELDS if not names or field.name in names
  }


def read(
  holders: dict[str, flags.FlagHolder], recipe: str | None = None, **decided: Any
) -> TrainConfig:
  """Reads the config from the command line; fields without a flag have their defaults.

  Args:
    holders: the holders from `define`, after parsing.
    recipe: name in `recipes.RECIPES`, which sets fields that have no flag on the command
      line.
    **decided: further fields, which come before flags and recipe.

  Returns:
    `TrainConfig`, with any published loss written out, and the data set's defaults.

  Raises:
    ValueError: if a value is unknown or out of range.
  """
  settings: dict[str, Any] = {field.name: field.default for field in _FIELDS}
  settings |= {name: holder.value for name, holder in holders.items()}
  published_for = settings["dataset"]
  if recipe is not None:
    chosen = recipes.find(recipe)
    settings |= {
      name: value for name, value in chosen.settings.items() if not holders[name].present
    }
    published_for = chosen.settings["dataset"]
    settings["noise"] = recipes.noise_kind(chosen, settings["noise"], settings["dataset"])
  settings |= chosen_for_dataset(holders, recipe) | decided
  settings["loss"] = published_losses.loss_expression(
    settings["loss"], published_for, settings["noise"], settings["noise_rate"], recipe
  )
  return TrainConfig(**settings)


def chosen_for_dataset(
  holders: dict[str, flags.FlagHolder], recipe: str | None = None
) -> dict[str, Any]:
  """The data set's defaults, for fields that neither a flag nor a recipe sets.

  Args:
    holders: the holders from `define`, after parsing.
    recipe: name in `recipes.RECIPES`.

  Returns:
    Fields of `TrainConfig`.
  """
  if recipe is not None or "dataset" not in holders:
    return {}
  on_command_line = [name for name, holder in holders.items() if holder.present]
  chosen = defaults_of_dataset(holders["dataset"].value, on_command_line)
  return {name: value for name, value in chosen.items() if name in holders}


def _define(field):
  help = field.metadata["help"] + _MORE_HELP.get(field.name, "")
  if field.type is bool:
    return flags.DEFINE_bool(field.name, field.default, help, allow_override=True)
  # Help shows the default as a user would type it.
  serializer = _SERIALIZERS.get(field.type, flags.ArgumentSerializer())
  default = serializer.serialize(field.default)
  return flags.DEFINE(
    _PARSERS[field.type],
    field.name,
    default,
    help,
    serializer=serializer,
    allow_override=True,  # commands that share a flag define the same, and tests import all
  )
