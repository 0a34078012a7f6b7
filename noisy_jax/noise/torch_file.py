"""Reads arrays from a file of torch.save, without torch and without running its code.

Such a file is a pickle, and a pickle may call any function. The unpickler here admits only
the names that arrays and tensors need, and maps them to its own functions. It builds
numbers, texts, lists, dicts and arrays, the arrays by `np.frombuffer` alone.
"""

import io
import pickle
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, ClassVar, NamedTuple

import numpy as np

_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_STORAGES = {
  "BoolStorage": "?",
  "ByteStorage": "u1",
  "CharStorage": "i1",
  "ShortStorage": "i2",
  "IntStorage": "i4",
  "LongStorage": "i8",
  "HalfStorage": "f2",
  "FloatStorage": "f4",
  "DoubleStorage": "f8",
}


def read_torch(path: str) -> Any:
  """The NumPy array, list, or dict of arrays of a file, in PyTorch's zip or older form.

  A file that is damaged, or has anything but arrays, numbers and texts, raises a
  ValueError.
  """
  with open(path, "rb") as file:
    try:
      loaded, storages, order = _zipped(file) if zipfile.is_zipfile(file) else _legacy(file)
      return _as_arrays(loaded, storages, order)
    except Exception as error:
      # A damaged file fails in many ways.
      cause = " ".join(str(error).split()) or type(error).__name__
      raise ValueError(f"must hold arrays as torch.save writes them ({cause})") from error


def _zipped(file):
  with zipfile.ZipFile(file) as archive:
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
      raise ValueError("compressed entries")
    (root,) = {entry.filename.partition("/")[0] for entry in archive.infolist()}
    contents = {name.removeprefix(f"{root}/"): name for name in archive.namelist()}
    loaded = _Unpickler(io.BytesIO(archive.read(contents["data.pkl"]))).load()
    storages = {
      name.removeprefix("data/"): archive.read(full)
      for name, full in contents.items()
      if name.startswith("data/")
    }
    is_big = "byteorder" in contents and archive.read(contents["byteorder"]) == b"big"
  return loaded, storages, ">" if is_big else "<"


def _legacy(file: BinaryIO):
  file.seek(0)
  if _Unpickler(file).load() != _LEGACY_MAGIC:
    raise ValueError("another kind of file")
  for _ in ("version", "system"):
    _Unpickler(file).load()
  reader = _Unpickler(file)
  loaded = reader.load()
  storages = {}
  for key in _Unpickler(file).load():
    size = int.from_bytes(file.read(8), "little")
    storages[key] = file.read(size * np.dtype(reader.storages[key].dtype).itemsize)
  return loaded, storages, "<"


class _Storage(NamedTuple):
  key: str
  dtype: str


class _Tensor(NamedTuple):
  storage: _Storage
  offset: int
  shape: tuple[int, ...]
  strides: tuple[int, ...]


class _Function:
  """A function that a pickle may call, but not change."""

  __slots__ = ("_function",)
  _function: Callable

  def __init__(self, function: Callable):
    object.__setattr__(self, "_function", function)

  def __call__(self, *args):
    return self._function(*args)

  def __setattr__(self, name, value):
    raise pickle.UnpicklingError("changes a function")

  def __setstate__(self, state):
    raise pickle.UnpicklingError("changes a function")


class _DType:
  """A NumPy dtype in the making."""

  def __init__(self, text, align=False, copy=False):
    if not re.fullmatch("[iuf][1248]|b1", text):
      raise pickle.UnpicklingError(f"an array of {text!r}")
    self.text = text.replace("b1", "?")

  def __setstate__(self, state):
    order = state[1]
    self.text = ("" if order not in ("<", ">") else order) + self.text.lstrip("<>")


class _Array:
  """A NumPy array in the making."""

  value: np.ndarray

  def __setstate__(self, state):
    _, shape, dtype, is_fortran, raw = state
    flat = np.frombuffer(raw, np.dtype(dtype.text))
    self.value = flat.reshape(shape, order="F" if is_fortran else "C")


def _scalar(dtype, raw):
  (value,) = np.frombuffer(raw, np.dtype(dtype.text)).tolist()
  return value


def _tensor(storage, offset, shape, strides, *_):
  if not isinstance(storage, _Storage):
    raise pickle.UnpicklingError("a tensor without a storage")
  return _Tensor(storage, offset, tuple(shape), tuple(strides))


_NUMPY = ("numpy.core.multiarray", "numpy._core.multiarray")
_NAMES: Mapping[tuple[str, str], Any] = {
  ("numpy", "ndarray"): "ndarray",
  ("numpy", "dtype"): _Function(_DType),
  **{(module, "_reconstruct"): _Function(lambda *_: _Array()) for module in _NUMPY},
  **{(module, "scalar"): _Function(_scalar) for module in _NUMPY},
  ("_codecs", "encode"): _Function(lambda text, encoding: text.encode("latin1")),
  ("collections", "OrderedDict"): _Function(dict),
  ("torch._utils", "_rebuild_tensor_v2"): _Function(_tensor),
  **{("torch", name): dtype for name, dtype in _STORAGES.items()},
}


class _Unpickler(pickle._Unpickler):
  """Admits the names in `_NAMES` alone."""

  # Python's unpickler, as the one in C allocates memory for any memo index of a file,
  # gigabytes for a few bytes. Both do so for a bytearray, which is not admitted.
  dispatch: ClassVar = {
    code: load
    for code, load in pickle._Unpickler.dispatch.items()
    if code != pickle.BYTEARRAY8[0]
  }

  def __init__(self, file):
    super().__init__(file)
    self.storages: dict[str, _Storage] = {}

  def find_class(self, module: str, name: str) -> Any:
    if (module, name) not in _NAMES:
      raise pickle.UnpicklingError(f"refers to {module}.{name}")
    return _NAMES[module, name]

  def persistent_load(self, pid: Any) -> _Storage:
    kind, dtype, key, *_ = pid
    if kind != "storage" or dtype not in _STORAGES.values():
      raise pickle.UnpicklingError("a storage of another kind")
    return self.storages.setdefault(key, _Storage(key, dtype))


def _as_arrays(loaded, storages, order):
  if isinstance(loaded, dict):
    return {key: _as_array(value, storages, order) for key, value in loaded.items()}
  return _as_array(loaded, storages, order)


def _as_array(value, storages, order):
  if isinstance(value, _Array):
    return value.value
  if not isinstance(value, _Tensor):
    return value
  dtype = np.dtype(value.storage.dtype).newbyteorder(order)
  flat = np.frombuffer(storages[value.storage.key], dtype)
  if len(value.shape) > 1:
    size = int(np.prod(value.shape))
    steps = tuple(int(np.prod(value.shape[i + 1 :])) for i in range(len(value.shape)))
    if steps != value.strides:
      raise ValueError("a tensor with gaps between its rows")
    return flat[value.offset : value.offset + size].reshape(value.shape)
  size, step = (*value.shape, *value.strides) or (1, 1)
  # Never beyond the storage, for any numbers in the file.
  row = flat[value.offset :: step][:size]
  if value.offset < 0 or step < 1 or len(row) != size:
    raise ValueError("a tensor larger than its storage")
  return row
