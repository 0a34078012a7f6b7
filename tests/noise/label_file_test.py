import json
import pickle
import tracemalloc

import numpy as np
import pytest

from noisy_jax import noise
from noisy_jax.noise.torch_file import read_torch
from tests.label_files import torch_save, write, zip_torch

CLEAN = np.array([0, 1, 2, 0, 1, 2, 3, 3])
NOISY = np.array([0, 1, 2, 3, 1, 2, 3, 0])
IDS = np.array([f"train_{i:05d}" for i in range(8)])
ORDER = np.array([5, 2, 7, 0, 1, 6, 4, 3])


@pytest.fixture(params=[".npy", ".csv", ".json", ".pt"])
def path(request, tmp_path):
  return tmp_path / f"labels{request.param}"


def assert_given(noisy, path, clean=CLEAN, **options):
  labels = noise.labels_from_file(clean, path, 4, **options)
  np.testing.assert_array_equal(labels.noisy, noisy)
  np.testing.assert_array_equal(labels.clean, clean)
  assert labels.noisy.dtype == np.int32


def assert_refused(message, path, clean=CLEAN, **options):
  with pytest.raises(ValueError, match=message) as error:
    noise.labels_from_file(clean, path, 4, **options)
  assert "\n" not in str(error.value)
  assert str(error.value).startswith("path: ")


def test_a_row_of_labels_is_taken_by_position(path):
  if path.suffix == ".npy":
    np.save(path, NOISY)
  elif path.suffix == ".csv":
    np.savetxt(path, NOISY)  # as floats
  elif path.suffix == ".json":
    path.write_text(json.dumps(NOISY.tolist()))
  else:
    torch_save(NOISY, path)
  assert_given(NOISY, path)
  # Images in another order than the file, which is that of their source.
  assert_given(NOISY[ORDER], path, CLEAN[ORDER], places=ORDER)
  # And some of them alone.
  assert_given(NOISY[ORDER[:3]], path, CLEAN[ORDER[:3]], places=ORDER[:3])


def test_ids_come_before_the_order(path):
  write(path, {"id": IDS[ORDER], "clean": CLEAN[ORDER], "noisy": NOISY[ORDER]})
  assert_given(NOISY, path, ids=IDS, is_ordered=False)
  assert_given(NOISY[2:5], path, CLEAN[2:5], ids=IDS[2:5], places=np.arange(2, 5))


def test_columns_are_chosen_by_name(path):
  write(path, {"clean_label": CLEAN, "worse_label": NOISY, "aggre_label": CLEAN})
  assert_given(NOISY, path, column="worse_label")
  assert_refused("not say which labels are meant; must be asked for one of clean_la", path)
  assert_refused("no column 'best'; must be asked for one of cl", path, column="best")


def test_clean_labels_must_be_those_of_the_images(path):
  write(path, {"clean": CLEAN, "noisy": NOISY})
  # They tell that the order is right, too.
  assert_given(NOISY, path, is_ordered=False)
  message = "7 of 8 clean labels are not those of the images, the first 0 in place of 3"
  assert_refused(message, path, np.roll(CLEAN, 1))


def test_json_may_map_ids_to_labels_and_pt_may_hold_arrays_of_numpy(tmp_path):
  path = tmp_path / "labels.json"
  given = dict(zip(IDS[ORDER].tolist(), NOISY[ORDER].tolist(), strict=True))
  path.write_text(json.dumps(given))
  assert_given(NOISY, path, ids=IDS)
  path = tmp_path / "labels.pt"
  for held in ({"clean_label": CLEAN, "noise": NOISY.astype(np.uint8)}, list(NOISY)):
    torch_save(held, path, as_tensors=False)
    assert_given(NOISY, path)


class Call:
  """A pickle of it calls a function."""

  def __init__(self, function, *args):
    self.reduced = function, args

  def __reduce__(self):
    return self.reduced


@pytest.mark.parametrize(
  "obj, name",
  [
    (Call(exec, "raise SystemExit"), "builtins.exec|__builtin__.exec"),
    (Call(__import__("os").system, "false"), "posix.system|nt.system"),
    (Call(__import__("functools").partial, print), "functools.partial"),
    (Call(getattr, CLEAN, "tofile"), "builtins.getattr|__builtin__.getattr"),
    ({"noisy": Call(np.load, "x")}, "numpy.load"),
    (np.array([print], object), "'O8'|builtins.print|__builtin__.print"),
  ],
)
def test_a_pt_file_runs_no_code(obj, name, tmp_path):
  path = tmp_path / "labels.pt"
  torch_save(obj, path, as_tensors=False)
  with pytest.raises(ValueError, match=f"hold arrays as torch.save .*({name})") as error:
    read_torch(path)
  assert "\n" not in str(error.value)


def test_what_a_pickle_may_call_cannot_be_changed(tmp_path):
  path = tmp_path / "labels.pt"
  known = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n"
  for state in (b"}X\x01\x00\x00\x00aK\x01s", b"N}X\x09\x00\x00\x00_functionK\x01s\x86"):
    zip_torch(path, known + state + b"b.", [])
    with pytest.raises(ValueError, match="changes a function"):
      read_torch(path)


@pytest.mark.parametrize(
  "body",
  [
    # A place in the memory, and a bytearray, of gigabytes.
    b"K\x01r\xff\xff\xff\x7f.",
    b"\x96\x00\x00\x00\x00\x04\x00\x00\x00.",
  ],
)
def test_a_file_of_a_few_bytes_takes_no_gigabytes(body, tmp_path):
  path = tmp_path / "labels.pt"
  zip_torch(path, b"\x80\x05" + body, [])
  tracemalloc.start()
  try:
    if b"r" in body:
      assert read_torch(path) == 1
    else:
      with pytest.raises(ValueError, match="must hold arrays as torch"):
        read_torch(path)
    assert tracemalloc.get_traced_memory()[1] < 1e7
  finally:
    tracemalloc.stop()


def tensor_file(path, *, offset=0, size=8, stride=1):
  """A tensor that says of itself what it likes."""
  storage = b"(X\x07\x00\x00\x00storagectorch\nLongStorage\nX\x01\x00\x00\x000X\x03\x00"
  storage += b"\x00\x00cpuK\x08tQ"

  def number(value):
    return b"J" + value.to_bytes(4, "little", signed=True)

  pickled = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(offset)
  pickled += number(size) + b"\x85" + number(stride) + b"\x85\x89}tR."
  zip_torch(path, pickled, [NOISY])


def test_a_tensor_stays_inside_its_storage(tmp_path):
  path = tmp_path / "t.pt"
  tensor_file(path, offset=1, size=3, stride=2)
  np.testing.assert_array_equal(read_torch(path), NOISY[1:6:2])
  for wrong in ({"offset": 1}, {"size": 9}, {"stride": 2}, {"offset": -3, "size": 3}):
    tensor_file(path, **wrong)
    with pytest.raises(ValueError, match="larger than its storage"):
      read_torch(path)
  tensor_file(path, stride=0)
  with pytest.raises(ValueError, match=r"must hold arrays as torch\.save writes them"):
    read_torch(path)


@pytest.mark.parametrize(
  "name, content, message",
  [
    ("a.txt", b"0", r"a.txt, must end in one of .npy, .csv, .json, .pt"),
    ("a.npy", b"", "must hold numbers"),
    ("a.npy", b"\x93NUMPY\x01\x00", "must hold numbers"),
    ("a.csv", b"", r"must hold numbers \(it is empty"),
    ("a.csv", b"0,1\n", "several columns, and no line of names"),
    ("a.csv", b"id,noisy\n1\n", "line 2: 1 columns, must be 2"),
    ("a.csv", b"noisy,noisy\n1,1\n", "two columns of one name"),
    ("a.csv", b"noisy\ncat\n", "noisy: 'cat' at position 0, must be a number"),
    ("a.csv", b"noisy\n\xff\n", "at position 0, must be a number"),
    ("a.csv", b"0\n1\n0.5\n", "0.5 at position 2, must be the number of a class"),
    ("a.csv", b"0\n1\n", "has 2 rows, must have 8: one for each example"),
    ("a.csv", b"0\n" * 7 + b"4\n", r"labels: 4 at position 7, must be in \[0, 4\)"),
    ("a.csv", b"0\n" * 7 + b"1e30\n", "must be the number of a class"),
    ("a.json", b"[0, 1", "must hold numbers"),
    ("a.json", b"[" * 100_000, "must hold numbers"),
    ("a.json", b"[[0], [1]]", "must be one row of numbers"),
    ("a.json", b"[true, false]", "must be one row of numbers"),
    ("a.json", b"[0, NaN]", "must be the number of a class"),
    ("a.json", b'{"a": 1, "a": 2}', "a name occurs twice"),
    ("a.json", b'{"noisy": [0], "clean": [0, 1]}', "must have columns of one length"),
    ("a.json", b"{}", "has ids, and the examples have none|must be asked for one of none"),
    ("a.json", b'{"x": 1}', "has ids, and the examples have none; must be left out"),
    ("a.pt", b"", "must hold numbers .*must hold arrays as torch.save"),
    ("a.pt", b"cos\nsystem\n(S'false'\ntR.", "must hold arrays as torch.save .*os.system"),
    ("a.pt", pickle.dumps([0, 1]), "another kind of file"),
    ("a.pt", b"PK\x03\x04", "must hold arrays as torch.save"),
  ],
)
def test_files_that_hold_no_labels_are_refused(name, content, message, tmp_path):
  (tmp_path / name).write_bytes(content)
  assert_refused(message, tmp_path / name)


def test_missing_files_and_folders_are_told_and_home_is_found(tmp_path, monkeypatch):
  monkeypatch.setenv("HOME", str(tmp_path))
  np.save(tmp_path / "labels.npy", NOISY)
  assert_given(NOISY, "~/labels.npy")
  with pytest.raises(FileNotFoundError):
    noise.labels_from_file(CLEAN, tmp_path / "no.csv", 4)
  (tmp_path / "folder.pt").mkdir()
  with pytest.raises(OSError, match="Is a directory"):
    noise.labels_from_file(CLEAN, tmp_path / "folder.pt", 4)


def test_pickled_and_square_npy_files_and_an_unknown_order_or_length_are_refused(tmp_path):
  path = tmp_path / "a.npy"
  np.save(path, np.array({"noisy": NOISY}), allow_pickle=True)
  assert_refused("must hold numbers", path)
  np.save(path, NOISY.reshape(2, 4))
  assert_refused(r"noisy: int64\[2, 4\], must be one row of numbers", path)
  np.save(path, NOISY)
  assert_refused("have ids, or clean labels that show the order", path, is_ordered=False)
  np.save(path, np.zeros(10, int))
  assert_refused("has 10 rows, must have 8: one for each example", path, places=ORDER)
  places = np.array([1, 10])
  assert_refused("has 10 rows, must have more than 10", path, CLEAN[:2], places=places)


def test_ids_that_do_not_fit_are_refused(tmp_path):
  path = tmp_path / "a.csv"
  path.write_text("id,noisy\n" + "".join(f"{id_},0\n" for id_ in IDS[1:]))
  assert_refused("no row for 'train_00000', nor for 0 others of 8 examples", path, ids=IDS)
  path.write_text("id,noisy\n" + "a,0\n" * 8)
  assert_refused("has 8 ids, must be all different", path, ids=IDS)


def test_labels_in_another_order_are_refused_unless_the_file_tells_why(tmp_path):
  rng = np.random.default_rng(0)
  clean = rng.integers(10, size=2000)
  noisy = np.where(rng.random(2000) < 0.8, (clean + 1) % 10, clean)
  path = tmp_path / "labels.npy"
  np.save(path, noisy)
  # 80 % of a kind are still more than chance.
  assert (noise.labels_from_file(clean, path, 10).noisy == noisy).all()
  shuffled = rng.permutation(noisy)
  np.save(path, shuffled)
  with pytest.raises(ValueError, match="no more than by chance; must be in the order"):
    noise.labels_from_file(clean, path, 10)
  told = tmp_path / "labels.json"
  told.write_text(json.dumps({"noisy": shuffled.tolist(), "clean": clean.tolist()}))
  assert (noise.labels_from_file(clean, told, 10).noisy == shuffled).all()
