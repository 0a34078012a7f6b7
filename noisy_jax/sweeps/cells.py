"""The cells of a grid, parsed from the form that `grids` describes."""

import dataclasses
import pathlib
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from noisy_jax.noise import parse as parse_noise
from noisy_jax.paths import expanded_path
from noisy_jax.sweeps.grids import GRIDS
from noisy_jax.training import TrainConfig

_KEYS = ("settings", "datasets", "noise", "losses", "seeds")
# More seeds are likely a typing error.
_MAX_SEEDS = 1000
_TYPES = {field.name: field.type for field in dataclasses.fields(TrainConfig)}


class Cell(NamedTuple):
  """Runs that differ only in their seed.

  Attributes:
    dataset: the data set by its name in the grid.
    noise: the noise by its name in the grid, such as "symmetric 0.4".
    loss: the loss by its name in the grid, such as "MAE*".
    config: the settings of these runs, with seed 0.
    seeds: the seeds of the runs.
  """

  dataset: str
  noise: str
  loss: str
  config: TrainConfig
  seeds: tuple[int, ...]

  @property
  def slug(self) -> str:
    """The name of the cell's directory: digits100_symmetric-0.4_mae-star."""
    return "_".join(_slug(name) for name in (self.dataset, self.noise, self.loss))


def load(name: str) -> list[Cell]:
  """Reads the cells of a grid by name.

  Args:
    name: a key of `grids.GRIDS`, or the path of a YAML file; ~ is the home directory.

  Returns:
    The cells, as `read` returns them.

  Raises:
    ValueError: as `read`; or if there is no such grid, or the file is not YAML.
    OSError: if the file cannot be read.

  Example:
    >>> load("classes")[1].slug
    'digits10_symmetric-0.4_mae'
  """
  if name in GRIDS:
    return read(GRIDS[name])
  if not name.endswith((".yaml", ".yml")):
    known = ", ".join(GRIDS)
    raise ValueError(f"grid: unknown {name!r}, must be a YAML file or one of {known}")
  try:
    text = pathlib.Path(expanded_path("grid", name)).read_text()
  except (OSError, UnicodeDecodeError) as error:
    raise OSError(f"grid: {name} cannot be read ({error})") from error
  try:
    content = yaml.load(text, _Loader)
  except Exception as error:
    # An impossible date or deep nesting raises errors other than YAMLError.
    problem = " ".join(str(error).split())
    raise ValueError(f"grid: {name} is not YAML ({problem})") from None
  return read(content)


def read(grid: Mapping[str, Any]) -> list[Cell]:
  """The cells of a grid, ordered by data set, noise and loss.

  Args:
    grid: a grid in the form that `grids` describes.

  Returns:
    Its cells, each with a different slug.

  Raises:
    ValueError: if a part is missing, unknown or empty, a value is out of range, or two
      cells have the same slug.
  """
  if not isinstance(grid, Mapping):
    raise ValueError(f"grid: {_brief(grid)}, must have {', '.join(_KEYS)}")
  for key in grid:
    if key not in _KEYS:
      raise ValueError(f"grid: unknown {_brief(key)}, must have {', '.join(_KEYS)}")
  seeds, shared = _seeds(grid.get("seeds", 1)), _mapping("settings", grid.get("settings"))
  cells: dict[str, Cell] = {}
  for dataset in _listed(grid, "datasets"):
    for noise in _listed(grid, "noise"):
      for loss, settings in _losses(grid).items():
        config = _config(shared | {"dataset": dataset} | _noise(noise, shared) | settings)
        cell = Cell(dataset, noise, loss, config, seeds)
        if cell.slug in cells:
          raise ValueError(f"grid: {cell.slug} names two cells, must name one")
        cells[cell.slug] = cell
  return list(cells.values())


def select(cells: Sequence[Cell], pattern: str) -> list[Cell]:
  """Selects runs by their name, such as digits100_symmetric-0.4_mae-star/seed3.

  Args:
    cells: the cells to select from.
    pattern: a regular expression, searched anywhere in the name.

  Returns:
    The cells with matching runs, and only the seeds of these runs.

  Raises:
    ValueError: if no run matches, or the pattern is not a regular expression.
  """
  try:
    with warnings.catch_warnings():
      # Python warns of patterns that later versions will read differently.
      warnings.simplefilter("error")
      expression = re.compile(pattern)
  except (re.error, OverflowError, RecursionError, Warning) as error:
    raise ValueError(
      f"filter: {_brief(pattern)}, must be a regular expression ({error})"
    ) from None
  selected = []
  for cell in cells:
    seeds = tuple(s for s in cell.seeds if expression.search(f"{cell.slug}/seed{s}"))
    if seeds:
      selected.append(cell._replace(seeds=seeds))
  if not selected:
    example = f"{cells[0].slug}/seed{cells[0].seeds[0]}"
    raise ValueError(
      f"filter: {pattern!r} matches no run, must match a name such as {example}"
    )
  return selected


class _Loader(yaml.SafeLoader):
  """Refuses a key that occurs twice, as YAML does; PyYAML would take its last value."""

  def compose_mapping_node(self, anchor):
    # Later, a node may hold the keys that << merges into it beside its own.
    node = super().compose_mapping_node(anchor)
    keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
    for key in keys:
      if key != "<<" and keys.count(key) > 1:
        raise ValueError(f"{key} occurs {keys.count(key)} times, must occur once")
    return node


def _brief(value):
  try:
    text = repr(value)
  except ValueError:
    # Python refuses to print an integer with too many digits.
    return f"a {type(value).__name__}"
  return text if len(text) <= 200 else f"{text[:197]}..."


def _slug(name):
  words = re.sub(r"[+]$", "-plus", name.lower().replace("*", "-star"))
  return re.sub(r"[^a-z0-9.-]+", "-", words).strip("-.")


def _seeds(value):
  if type(value) is int and 0 < value <= _MAX_SEEDS:
    return tuple(range(value))
  numbers = isinstance(value, list) and all(type(seed) is int for seed in value)
  if numbers and value and len(set(value)) == len(value):
    return tuple(value)
  raise ValueError(
    f"seeds: {_brief(value)}, must be a number from 1 to {_MAX_SEEDS}, or a list without "
    "repetition"
  )


def _listed(grid, key):
  value = grid.get(key)
  if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
    return value
  raise ValueError(f"{key}: {_brief(value)}, must be a list of names")


def _losses(grid):
  named = _mapping("losses", grid.get("losses"))
  if not named:
    raise ValueError("losses: none, must give names their expressions or settings")
  return {
    name: {"loss": value} if isinstance(value, str) else _settings_of(name, value)
    for name, value in named.items()
  }


def _settings_of(name, value):
  settings = _mapping(f"losses: {name}", value)
  if not settings:
    raise ValueError(f"losses: {name}: {value}, must be an expression or settings")
  # Otherwise the name of a cell would contradict its config.
  for key in ("dataset", "noise", "noise_rate"):
    if key in settings:
      value = _brief(settings[key])
      raise ValueError(f"losses: {name}: {key}: {value}, must be left to the other lists")
  return settings


def _mapping(key, value):
  if value is None:
    return {}
  if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
    return dict(value)
  raise ValueError(f"{key}: {_brief(value)}, must be names with their values")


def _noise(text, shared):
  if text == "clean":
    return {"noise": "symmetric", "noise_rate": 0.0}
  kind, _, rate = text.rpartition(" ")
  # Without a rate, a cell with the name of a noise would have none.
  if not kind and ("noise_rate" in shared or not parse_noise(text).has_rate):
    return {"noise": text}
  try:
    return {"noise": kind, "noise_rate": float(rate)}
  except ValueError:
    raise ValueError(
      f"noise: {text!r}, must be clean, or a kind of noise with its rate, if it has one, "
      "as in symmetric 0.4"
    ) from None


def _config(settings):
  for name in settings:
    if name not in _TYPES or name == "seed":
      known = ", ".join(field for field in _TYPES if field != "seed")
      raise ValueError(f"settings: unknown {name!r}; known: {known}")
  return TrainConfig(**{name: _value(name, value) for name, value in settings.items()})


def _value(name, value):
  """The value in the type of TrainConfig: YAML has no tuples, and reads 1e-4 as a text."""
  if isinstance(value, list):
    return tuple(value)
  if isinstance(value, str) and _TYPES[name] in (float, float | str):
    try:
      return float(value)
    except ValueError:
      return value
  return value
