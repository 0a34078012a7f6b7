"""The files of WebVision 1.0 and of ImageNet's validation set, as distributed."""

import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import tqdm

from noisy_jax.data.decode import decode_rgb
from noisy_jax.data.formats import is_picture

_SYNSET = re.compile(r"n[0-9]{8}\b")


class Listed(NamedTuple):
  """An image in a file list.

  Attributes:
    id: path from the folder of the images.
    label: class id.
  """

  id: str
  label: int


class LeftOut(NamedTuple):
  """An image that cannot be used, and the cause."""

  id: str
  cause: str


def read_synsets(manual_dir: str | os.PathLike, num_classes: int) -> list[str]:
  """The first classes of info/synsets.txt, a line each: "n01440764 tench, Tinca tinca".

  Args:
    manual_dir: the folder that holds info/.
    num_classes: number of classes to read.

  Returns:
    The lines; the class id is the position.

  Raises:
    FileNotFoundError: if there is no such file.
    ValueError: if it has fewer classes, or a line does not begin with a synset.
  """
  file = os.path.join(manual_dir, "info", "synsets.txt")
  lines = _lines(file)[:num_classes]
  if len(lines) < num_classes:
    raise ValueError(f"manual_dir: {file} has {len(lines)} lines, must be {num_classes}")
  for line in lines:
    if not _SYNSET.match(line):
      raise ValueError(f"manual_dir: {line!r} in {file}, must begin with a synset")
  return lines


def list_webvision(
  manual_dir: str | os.PathLike, list_name: str, root: str | os.PathLike, num_classes: int
) -> list[Listed]:
  """The images of the first classes in a file list, whose lines are "PATH LABEL".

  Args:
    manual_dir: the folder that holds info/.
    list_name: name of the list in info/, such as train_filelist_google.txt.
    root: the folder from which the paths start.
    num_classes: only images of classes below this number are listed.

  Returns:
    The images in the order of the list.

  Raises:
    FileNotFoundError: if the list is missing, or the folder that its paths begin with.
    ValueError: if a line has another form, or no image is of these classes.
  """
  file = os.path.join(manual_dir, "info", list_name)
  listed, folders = [], set()
  for line in _lines(file):
    path, _, label = line.rpartition(" ")
    if not (path and label.isdecimal()):
      raise ValueError(f"manual_dir: {line!r} in {file}, must be PATH LABEL")
    if int(label) < num_classes:
      listed.append(Listed(path, int(label)))
      folders.add(path.partition("/")[0] if "/" in path else "")
  if not listed:
    raise ValueError(
      f"manual_dir: {file} has no image of the classes 0 to {num_classes - 1}"
    )
  # Refused now: a missing folder is an archive that was not unpacked.
  for folder in sorted(folders):
    place = os.path.join(root, folder)
    if not os.path.isdir(place):
      raise FileNotFoundError(f"manual_dir: no folder {place}, for the images of {file}")
  return listed


def list_imagenet(
  imagenet_dir: str | os.PathLike, synsets: Sequence[str]
) -> tuple[list[Listed], list[LeftOut]]:
  """ImageNet's validation images of these classes: val/SYNSET/*.JPEG, or other pictures.

  Args:
    imagenet_dir: the folder that holds val/.
    synsets: lines from `read_synsets`; the position is the class id.

  Returns:
    The images by class and name, and the files that are not pictures; the id, SYNSET/NAME,
    starts from val. Names that begin with a dot are ignored.

  Raises:
    FileNotFoundError: if the folder of a class is missing, or has no picture.
  """
  listed, left_out = [], []
  for label, line in enumerate(synsets):
    synset = line.split()[0]
    folder = os.path.join(imagenet_dir, "val", synset)
    if not os.path.isdir(folder):
      raise FileNotFoundError(
        f"imagenet_dir: no folder {folder}; val must hold one folder a class"
      )
    names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    pictures = [Listed(f"{synset}/{name}", label) for name in names if is_picture(name)]
    if not pictures:
      raise FileNotFoundError(f"imagenet_dir: {folder} has no picture")
    listed += pictures
    left_out += [
      LeftOut(f"{synset}/{name}", "no picture by its ending")
      for name in names
      if not is_picture(name)
    ]
  return listed, left_out


def read_images(
  root: str | os.PathLike, listed: Sequence[Listed], description: str
) -> Iterator[tuple[Listed, bytes | LeftOut]]:
  """Reads the bytes of each image, and decodes them to find those that cannot be used.

  Args:
    root: the folder from which the ids start.
    listed: the images; of two with the same id, the second is left out.
    description: text of the progress bar on a terminal.

  Yields:
    Each image with its bytes, or with the cause why it cannot be used, in the order given.
  """
  # Only this function needs Grain, which takes a while to import.
  import grain

  def read(image):
    try:
      with open(os.path.join(root, image.id), "rb") as stream:
        encoded = stream.read()
      decode_rgb(encoded)
    except FileNotFoundError:
      return image, LeftOut(image.id, "missing")
    except OSError as error:
      return image, LeftOut(image.id, f"broken: {error}")
    return image, encoded

  threads = os.cpu_count() or 1
  options = grain.ReadOptions(num_threads=threads, prefetch_buffer_size=32 * threads)
  results = grain.MapDataset.source(listed).map(read).to_iter_dataset(options)
  seen: set[str] = set()
  for image, result in tqdm.tqdm(results, description, len(listed), disable=None):
    yield image, LeftOut(image.id, "listed twice") if image.id in seen else result
    seen.add(image.id)


def _lines(file):
  try:
    with open(file, "rb") as stream:
      content = stream.read()
    return content.decode().splitlines()
  except FileNotFoundError:
    raise FileNotFoundError(f"manual_dir: no file {file}") from None
  except UnicodeDecodeError as error:
    number = content.count(b"\n", 0, error.start) + 1
    byte = f"0x{content[error.start]:02x}"
    raise ValueError(
      f"manual_dir: line {number} of {file} has the byte {byte}, must be text in UTF-8"
    ) from None
