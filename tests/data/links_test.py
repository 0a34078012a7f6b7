import numpy as np
import pytest
from PIL import Image

from noisy_jax import data

CLASSES = ("cat", "dog")


def write(path, shade):
  path.parent.mkdir(parents=True, exist_ok=True)
  Image.new("L", (4, 4), shade).save(path)


@pytest.fixture
def root(tmp_path):
  """Cats have shades below 50, dogs from 50 on; there are more of both in all and pool."""
  root = tmp_path / "set"
  for c, name in enumerate(CLASSES):
    for i in range(3):
      write(root / "train" / name / f"{i}.png", 50 * c + i)
    write(root / "test" / name / "0.png", 50 * c + 10)
    for place in (root / "all", tmp_path / "pool"):
      write(place / name / "x.png", 50 * c + 20)
      write(place / name / "deep" / "y.png", 50 * c + 21)
  return root


def shades(root):
  """For each split and class the shades of its images."""
  dataset = data.from_folder(root)
  streamed = data.open_stream(f"folder:{root}")
  found = {}
  for split in ("train", "test"):
    images, labels = (getattr(dataset, f"{split}_{part}") for part in ("images", "labels"))
    assert getattr(streamed, split).ids() == tuple(getattr(dataset, f"{split}_ids"))
    for c, name in enumerate(CLASSES):
      found[split, name] = sorted(images[labels == c, 0, 0, 0].tolist())
  return found


WITHOUT_LINKS = {
  ("train", "cat"): [0, 1, 2],
  ("train", "dog"): [50, 51, 52],
  ("test", "cat"): [10],
  ("test", "dog"): [60],
}


@pytest.mark.parametrize(
  "link, target",
  [
    ("train/cat/up", ".."),
    ("train/cat/up", "../.."),
    ("train/cat/up", "{root}"),
    ("train/cat/up", "/"),
    ("train/cat/here", "."),
    ("train/cat/other", "../dog"),
    ("train/cat/other", "../../test/cat"),
    ("test/cat/other", "{root}/train/cat"),
    ("train/cat/deep/up", "../../dog"),
    ("train/cat/a.png", "../dog/1.png"),
    ("train/cat/a.png", "0.png"),
    ("train/cat/a.png", "{root}/test/cat/0.png"),
    ("test/dog/a.png", "{root}/train/cat/0.png"),
    ("train/fox", "cat"),
    ("train/fox", "../test/dog"),
    ("train/fox", "../train"),
    ("test/cat2", "../train/cat"),
  ],
)
def test_links_back_into_the_set_are_refused(root, link, target):
  path, target = root / link, target.format(root=root)
  path.parent.mkdir(exist_ok=True)
  path.symlink_to(target)
  with pytest.raises(ValueError, match="must lead out of the set") as raised:
    data.from_folder(root)
  text = f"dataset: {path} leads to {path.resolve()}"
  assert str(raised.value).startswith(text)
  assert "\n" not in str(raised.value)
  for call in (data.open_stream, data.decoded_bytes):
    with pytest.raises(ValueError, match="must lead out of the set"):
      call(f"folder:{root}")


def assert_refused(root, message):
  with pytest.raises(ValueError, match=message):
    data.from_folder(root)


def replace(path, target):
  """Puts a link where a folder is, which moves beside it."""
  path.rename(path.with_name(f".{path.name}"))
  path.symlink_to(target)


@pytest.mark.parametrize(
  "split, target",
  [("test", "train"), ("train", "test"), ("test", "."), ("train", "."), ("test", "../set"),
   ("test", "train/cat"), ("train", "{pool}/.."), ("test", "{root}/../set/train")],
)  # fmt: skip
def test_splits_are_apart(root, tmp_path, split, target):
  for name in CLASSES:  # enough of a set to be read, were links not looked at
    write(root / "train" / "cat" / name / "0.png", 1)
  replace(root / split, target.format(root=root, pool=tmp_path / "pool"))
  link = root / split
  with pytest.raises(ValueError, match="must lead out of the set") as raised:
    data.from_folder(root)
  assert str(raised.value).startswith(f"dataset: {link} leads to {link.resolve()}")


def test_both_splits_may_not_lead_to_one_place(root, tmp_path):
  for split in ("train", "test"):
    replace(root / split, tmp_path / "pool")
  assert_refused(root, rf"pool, in {root}/train, must lead out of the set")


def test_what_is_not_read_does_no_harm(root):
  (root / "val").symlink_to("train")
  (root / "train" / "loop").symlink_to("loop")
  assert shades(root) == WITHOUT_LINKS
  (root / "train" / "cat" / ".up").symlink_to("..")
  (root / "train" / "cat" / "notes.txt").symlink_to("0.png")
  assert shades(root) == WITHOUT_LINKS


@pytest.mark.parametrize("pool", ["../../all", "{tmp}/pool"])
def test_links_out_of_the_set_are_followed(root, tmp_path, pool):
  pool = pool.format(tmp=tmp_path)
  for name in CLASSES:
    (root / "train" / name / "x.png").symlink_to(f"{pool}/{name}/x.png")
  (root / "test" / "cat" / "deep").symlink_to(f"{pool}/cat/deep")
  (tmp_path / "link.png").symlink_to(tmp_path / "pool" / "dog" / "deep" / "y.png")
  (root / "test" / "dog" / "y.png").symlink_to(tmp_path / "link.png")
  assert shades(root) == {
    ("train", "cat"): [0, 1, 2, 20],
    ("train", "dog"): [50, 51, 52, 70],
    ("test", "cat"): [10, 21],
    ("test", "dog"): [60, 71],
  }


def test_a_link_to_a_link_into_the_set_is_refused(root, tmp_path):
  (tmp_path / "link.png").symlink_to(root / "train" / "dog" / "0.png")
  (root / "train" / "cat" / "x.png").symlink_to(tmp_path / "link.png")
  assert_refused(root, rf"x\.png leads to {root}/train/dog/0\.png, in")
  (root / "train" / "cat" / "x.png").unlink()
  (tmp_path / "pool" / "back").symlink_to(root / "train")
  (root / "train/cat/x.png").symlink_to(tmp_path / "pool/back/dog/1.png")
  assert_refused(root, rf"x\.png leads to {root}/train/dog/1\.png, in")


@pytest.mark.parametrize("what", [".", "train", "test", "train/cat"])
def test_the_set_its_splits_and_classes_may_be_links(root, tmp_path, what):
  place = root / what
  moved = tmp_path / "elsewhere"
  place.rename(moved)
  place.symlink_to(moved)
  assert shades(root) == WITHOUT_LINKS
  # They are places that no link may lead back to, all the same.
  up = root / "train" / "cat" / "up"
  up.symlink_to(root / "train" / "cat")
  assert_refused(root, rf"{up} leads to .*, must lead out of the set")


def test_classes_that_are_links_lie_apart(root, tmp_path):
  pool = tmp_path / "pool"
  for name in CLASSES:
    replace(root / "train" / name, pool / name)
  assert shades(root)["train", "dog"] == [70, 71]
  # From where the images are, above their class is the other one.
  (pool / "cat" / "up").symlink_to("..")
  assert_refused(root, rf"train/cat/up leads to {pool}, above {root}/tr")
  (pool / "cat" / "up").unlink()
  (root / "test" / "dog" / "a.png").symlink_to(pool / "dog" / "x.png")
  assert_refused(root, rf"a\.png leads to .*, in {root}/train/dog, must")
  (root / "test" / "dog" / "a.png").unlink()
  replace(root / "test" / "dog", pool / "dog")
  assert_refused(root, rf"test/dog leads to .*, in {root}/train/dog, must")


def test_two_classes_share_no_folder(root, tmp_path):
  for name in CLASSES:
    (root / "train" / name / "more").symlink_to(tmp_path / "pool")
  assert_refused(root, rf"dog/more leads to .*, in {root}/train/cat/more")


@pytest.mark.parametrize(
  "link, target",
  [("a/up", ".."), ("a/up", "../.."), ("b", "a"), ("b.png", "a/0.png"), ("a/b", "../a")],
)
def test_links_in_any_folder_lead_out_of_it(tmp_path, link, target):
  place = tmp_path / "images"
  write(place / "a" / "0.png", 7)
  (place / link).symlink_to(target)
  for read in (lambda x: data.read_images(x, (4, 4, 1)), data.stream_images):
    with pytest.raises(ValueError, match=rf"^images: {place / link} leads to .*, must l"):
      read(place)


def test_any_folder_may_have_links_out_of_it(tmp_path):
  write(tmp_path / "pool" / "0.png", 7)
  write(tmp_path / "pool" / "deep" / "1.png", 8)
  (tmp_path / "real").mkdir()
  (tmp_path / "images").symlink_to("real")
  (tmp_path / "real" / "a.png").symlink_to("../pool/0.png")
  (tmp_path / "real" / "b").symlink_to("../pool/deep")
  found = data.read_images(tmp_path / "images", (4, 4, 1))
  assert found.paths == ("a.png", "b/1.png")
  np.testing.assert_array_equal(found.images[:, 0, 0, 0], [7, 8])
