import io
import pickle

import numpy as np
import pytest
from hypothesis import given, strategies as st
from PIL import Image

from noisy_jax import data as datasets, noise
from noisy_jax.data import from_folder
from noisy_jax.data.formats import FORMATS
from tests.fuzz.malformed import accepted, damaged, texts
from tests.label_files import write, zip_torch

CLEAN = np.array([0, 1, 2, 0, 1, 2, 3, 3])
NOISY = np.array([0, 1, 2, 3, 1, 2, 3, 0])
IDS = np.array([f"é{i}" for i in range(8)])


@pytest.fixture(scope="module")
def place(tmp_path_factory):
  place = tmp_path_factory.mktemp("fuzz")
  with pytest.MonkeyPatch.context() as patch:
    patch.setenv("XDG_CACHE_HOME", str(place))
    yield place


def content(path, table):
  write(path, table)
  return path.read_bytes()


def given_labels(path):
  """The labels that a file gives to eight images; None if it is refused."""
  labels = accepted(lambda: noise.labels_from_file(CLEAN, path, 4, ids=IDS), ["path: "])
  if labels is not None:
    assert labels.noisy.shape == (8,)
    assert set(labels.noisy) <= {0, 1, 2, 3}
    np.testing.assert_array_equal(labels.clean, CLEAN)
  return labels


TABLES = st.sampled_from(
  [
    {"noisy": NOISY},
    {"noisy": NOISY, "clean": CLEAN},
    {"worse": NOISY, "id": IDS},
    {"noisy": NOISY.astype(float), "clean_label": CLEAN, "ids": IDS},
  ]
)


@given(st.data(), st.sampled_from([".npy", ".csv", ".json", ".pt"]), TABLES)
def test_label_files(place, data, suffix, table):
  path = place / f"labels{suffix}"
  whole = content(path, table)
  path.write_bytes(data.draw(damaged(whole)))
  labels = given_labels(path)
  if labels is not None and suffix == ".pt":
    # Its parts have checksums.
    np.testing.assert_array_equal(labels.noisy, NOISY)


@given(st.data(), st.sampled_from([".csv", ".json"]), TABLES)
def test_texts_of_labels(place, data, suffix, table):
  path = place / f"labels{suffix}"
  text = data.draw(texts(content(path, table).decode()))
  path.write_bytes(text.encode("utf-8", "surrogateescape"))
  given_labels(path)


@given(st.data())
def test_pickles_of_labels(place, data):
  # Of protocol 0, each character of which says something, or of 4.
  protocol = data.draw(st.sampled_from([0, 2, 4]))
  whole = pickle.dumps({"noisy": NOISY, "clean": CLEAN.tolist()}, protocol)
  path = place / "labels.pt"
  zip_torch(path, data.draw(damaged(whole)), [])
  given_labels(path)


LABELED = datasets.from_arrays(
  np.zeros((8, 2)),
  CLEAN,
  np.zeros((4, 2)),
  CLEAN[:4],
  train_ids=IDS,
  test_ids=["a", "b", "c", "d"],
)


@given(st.data())
def test_corrected_labels(place, data):
  path = place / "corrected.csv"
  whole = content(path, {"label": ["3", "", "0"], "id": [IDS[0], IDS[5], "b"]})
  if data.draw(st.booleans()):
    whole = data.draw(texts(whole.decode())).encode("utf-8", "surrogateescape")
  path.write_bytes(data.draw(st.just(whole) | damaged(whole or b"0")))
  found = accepted(lambda: datasets.correct_labels(LABELED, path), ["labels: "])
  if found is not None:
    # Three rows change at most three examples.
    assert len(found.train_ids) >= 5
    before = dict(zip(IDS, CLEAN, strict=True))
    after = dict(zip(found.train_ids, found.train_labels, strict=True))
    assert sum(before[id_] != label for id_, label in after.items()) <= 3
    assert set(after.values()) <= {0, 1, 2, 3}


MATRIX = np.full((4, 4), 0.1) + 0.6 * np.eye(4)


@st.composite
def matrices(draw):
  """Another number, or the whole of another shape or type."""
  matrix = MATRIX.copy()
  numbers = [np.nan, np.inf, -0.1, 0.7001, 0.7 + 1e-7, 1e300, -0.0]
  matrix[draw(st.integers(0, 3)), draw(st.integers(0, 3))] = draw(st.sampled_from(numbers))
  wholes = [MATRIX[:, :3], np.eye(5), MATRIX[0], np.array(1.0), MATRIX[None], 0 * MATRIX]
  types = [int, bool, str, object, complex, np.float16, ">f8"]
  wholes += [MATRIX[:0, :0], np.zeros(4, [("a", int), ("b", float)]), matrix]
  wholes += [np.eye(4).astype(kind) for kind in types]
  return draw(st.sampled_from(wholes))


@given(st.data(), matrices(), st.sampled_from([",", ";", " "]))
def test_matrices(place, data, matrix, separator):
  path = place / data.draw(st.sampled_from(["matrix.npy", "matrix.csv"]))
  if path.suffix == ".npy":
    np.save(path, matrix)
  else:
    rows = np.atleast_2d(matrix) if matrix.ndim < 3 else matrix[0]
    text = "\n".join(separator.join(map(str, row)) for row in rows)
    text = data.draw(st.just(text) | texts(text or "0"))
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
  if data.draw(st.booleans()):
    path.write_bytes(data.draw(damaged(path.read_bytes() or b"0")))
  found = accepted(lambda: noise.load_matrix(path, 4), ["path", "matrix"])
  if found is not None:
    assert found.shape == (4, 4)
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-12)


def arrays():
  rng = np.random.default_rng(0)
  found = {}
  for split, size in (("train", 12), ("test", 8)):
    found[f"{split}_images"] = rng.integers(0, 256, (size, 4, 4, 1), np.uint8)
    found[f"{split}_labels"] = np.arange(size) % 4
  return found | {"class_names": np.array(list("dcba"))}


# Changes of one array, or of all whose names end alike.
CHANGES = [
  *(lambda x, kind=kind: x.astype(kind) for kind in "b ?bhHiIqQefdFDSUOM".replace(" ", "")),
  *(lambda x, n=n: np.append(x[:-1], np.array([n], x.dtype)) for n in (0, 4, 9, 100)),
  lambda x: x.astype(">i4"),
  lambda x: np.append(x[:-1].astype(np.uint64), np.uint64(2**64 - 1)),
  lambda x: np.append(x[:-1].astype(np.int64), np.int64(-(2**63))),
  *(lambda x, step=step: x[::step] for step in (-1, 2)),
  *(lambda x, end=end: x[:end] for end in (0, 1, 7)),
  *(lambda x, shape=shape: np.reshape(x, shape) for shape in ((-1, 1), (1, -1), (-1,))),
  lambda x: x[..., None],
  lambda x: x[..., 0],
  lambda x: np.repeat(x, 2, -1),
  lambda x: np.asfortranarray(x),
  lambda x: x * np.float32("nan") if x.dtype.kind in "iu" else x,
]


@given(st.data(), st.sampled_from([*arrays(), "_images", "_labels"]))
def test_arrays(place, data, end):
  path, changed = place / "set.npz", arrays()
  for name in [name for name in changed if name.endswith(end)]:
    change = data.draw(st.sampled_from([*CHANGES, None]))
    try:
      changed[name] = change(changed[name])
    except TypeError:  # no change at all
      del changed[name]
    except (ValueError, IndexError, OverflowError):
      pass
  np.savez(path, **changed)
  check_set(path, changed)


@given(st.data(), st.sampled_from([np.savez, np.savez_compressed]))
def test_files_of_arrays(place, data, save):
  path = place / "set.npz"
  save(path, **arrays())
  path.write_bytes(data.draw(damaged(path.read_bytes())))
  check_set(path, arrays())


def check_set(path, expected):
  names = ["dataset", "images", "labels", "class_names"]
  found = accepted(lambda: datasets.load(f"npz:{path}"), names)
  if found is None:
    return
  for name in ("train_images", "train_labels", "test_images", "test_labels"):
    array = getattr(found, name)
    np.testing.assert_array_equal(array.reshape(expected[name].shape), expected[name])
    assert array.dtype == (np.uint8 if name.endswith("images") else np.int32)
    assert len(array) > 0
  for split in ("train", "test"):
    labels, images = (getattr(found, f"{split}_{x}") for x in ("labels", "images"))
    assert 0 <= labels.min() <= labels.max() < found.num_classes
    assert len(labels) == len(images)
    assert images.shape[1:] == found.train_images.shape[1:]
  if found.class_names:
    assert list(found.class_names) == expected["class_names"].tolist()


@given(st.data(), st.sampled_from(["PNG", "GIF", "BMP", "JPEG"]), st.booleans())
def test_images(place, data, form, skip):
  root, pixels = place / "folder", np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
  for split in ("train", "test"):
    for label in (0, 1):
      folder = root / split / f"class {label}\udcff"
      folder.mkdir(parents=True, exist_ok=True)
      Image.fromarray(pixels).save(folder / "\udcff.png")
  whole = io.BytesIO()
  Image.fromarray(pixels).save(whole, form)
  victim = root / "train" / "class 1\udcff" / "\udcff1.png"
  victim.write_bytes(data.draw(st.just(whole.getvalue()) | damaged(whole.getvalue())))
  on_bad_image = "skip" if skip else "fail"
  names = ["dataset", "images"]
  found = accepted(lambda: from_folder(root, on_bad_image=on_bad_image), names)
  if found is None:
    return
  try:
    with Image.open(victim, formats=FORMATS) as image:
      expected = np.asarray(image.convert("RGB"))
  except Exception:
    assert skip
    assert len(found.train_labels) == 2
    return
  # Libraries differ in how they shrink the colours of a JPEG.
  tolerance = 20 if form == "JPEG" else 0
  np.testing.assert_allclose(found.train_images[-1], expected, atol=tolerance)
