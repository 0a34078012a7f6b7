"""Files of labels of every kind; those of torch.save without torch."""

import io
import json
import pathlib
import pickle
import sys
import types
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest


class _TorchPickler(pickle.Pickler):
  """Writes NumPy arrays as torch.save writes tensors, or as it writes arrays."""

  def __init__(self, file, modules, *, as_tensors):
    super().__init__(file, protocol=2)
    self.as_tensors, self.modules, self.storages = as_tensors, modules, []

  def persistent_id(self, obj):
    if isinstance(obj, types.SimpleNamespace):
      return ("storage", self.modules["torch"].LongStorage, obj.key, "cpu", obj.size)
    return None

  def reducer_override(self, obj):
    if not (self.as_tensors and isinstance(obj, np.ndarray)):
      return NotImplemented
    storage = types.SimpleNamespace(key=str(len(self.storages)), size=obj.size)
    self.storages.append(obj)
    rebuild = self.modules["torch._utils"]._rebuild_tensor_v2
    return rebuild, (storage, 0, obj.shape, (1,), False, {})


def torch_save(obj: Any, path: pathlib.Path, *, as_tensors: bool = True) -> None:
  """Writes arrays as torch.save does, in the zip form."""
  modules: dict[str, Any] = {
    name: types.ModuleType(name) for name in ("torch", "torch._utils")
  }

  def _rebuild_tensor_v2():
    pass

  class LongStorage:
    pass

  LongStorage.__module__, LongStorage.__qualname__ = "torch", "LongStorage"
  _rebuild_tensor_v2.__module__ = "torch._utils"
  _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
  modules["torch"].LongStorage = LongStorage
  modules["torch._utils"]._rebuild_tensor_v2 = _rebuild_tensor_v2
  pickled = io.BytesIO()
  pickler = _TorchPickler(pickled, modules, as_tensors=as_tensors)
  with pytest.MonkeyPatch.context() as patch:
    for name, module in modules.items():
      patch.setitem(sys.modules, name, module)
    pickler.dump(obj)
  zip_torch(path, pickled.getvalue(), pickler.storages)


def zip_torch(path: pathlib.Path, pickled: bytes, storages: list[np.ndarray]) -> None:
  """The zip file that torch.save makes of a pickle and the arrays that it names."""
  with zipfile.ZipFile(path, "w") as archive:
    archive.writestr("archive/data.pkl", pickled)
    archive.writestr("archive/byteorder", "little")
    archive.writestr("archive/version", "3\n")
    for key, array in enumerate(storages):
      archive.writestr(f"archive/data/{key}", array.astype("<i8").tobytes())


def write(path: pathlib.Path, columns: Mapping[str, Any]) -> None:
  """Columns of equal length as a file of the kind that its name says."""
  match path.suffix:
    case ".npy":
      dtypes = [(name, np.asarray(column).dtype) for name, column in columns.items()]
      table = np.empty(len(next(iter(columns.values()))), dtypes)
      for name, column in columns.items():
        table[name] = column
      np.save(path, table)
    case ".csv":
      rows = [columns, *zip(*columns.values(), strict=True)]
      path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    case ".json":
      path.write_text(json.dumps({k: np.asarray(x).tolist() for k, x in columns.items()}))
    case ".pt":
      texts = {
        k: np.asarray(x).tolist()
        for k, x in columns.items()
        if np.asarray(x).dtype.kind == "U"
      }
      torch_save({**columns, **texts}, path)
