import collections
import io

import cv2
import numpy as np
import pytest
from PIL import Image

from noisy_jax import data
from noisy_jax.data import webvision
from noisy_jax.data.decode import decode_rgb, read_rgb
from noisy_jax.data.formats import ENDINGS, FORMATS, left_out_note
from tests import webvision_tree


def noise(mode, seed=0, size=(9, 7)):
  pixels = np.random.default_rng(seed).integers(0, 256, (*size, 4), np.uint8)
  return Image.fromarray(pixels).convert(mode)


def encoded(image, form, **options):
  stream = io.BytesIO()
  image.save(stream, form, **options)
  return stream.getvalue()


def rgb(image):
  """What Pillow makes of an image that was never in a file."""
  return np.asarray(image.convert("RGB"))


def both(content):
  """A file's pixels as in memory and as in a stream."""
  return read_rgb(io.BytesIO(content))[0], decode_rgb(content)


LOSSLESS = [
  ("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("BMP", {}), ("TIFF", {}),
  ("TIFF", {"compression": "tiff_lzw"}),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("form, options", LOSSLESS)
def test_lossless_formats_give_the_pixels(form, options, mode):
  image = noise("RGB").convert("P") if mode == "P" else noise(mode)
  if (form, mode) in (("PNG", "CMYK"), ("BMP", "LA"), ("BMP", "CMYK")):
    return  # They have no such thing.
  for found in both(encoded(image, form, **options)):
    np.testing.assert_array_equal(found, rgb(image))
    assert found.dtype == np.uint8


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_a_gif_has_its_palette(mode):
  image = noise("RGB").convert("P") if mode == "P" else noise(mode)
  for found in both(encoded(image, "GIF")):
    np.testing.assert_array_equal(found, rgb(image))


@pytest.mark.parametrize(
  "form, options",
  [("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {}), ("TIFF", {}),
   ("PNG", {"default_image": True})],
)  # fmt: skip
def test_the_first_frame_is_read(form, options):
  frames = [noise("L", seed) for seed in range(3)]
  content = encoded(frames[0], form, save_all=True, append_images=frames[1:], **options)
  assert Image.open(io.BytesIO(content)).is_animated
  for found in both(content):
    np.testing.assert_array_equal(found, rgb(frames[0]))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF", "GIF"])
def test_transparency_is_dropped_alike(form, mode):
  image = noise("RGBA").quantize() if mode == "P" else noise(mode)
  one, two = both(encoded(image, form, **({"lossless": True} if form == "WEBP" else {})))
  np.testing.assert_array_equal(one, two)


def deep(ending, channels, value=1000, dtype=np.uint16, **options):
  image = np.full((4, 4, channels), value, dtype)
  flags = [x for pair in options.items() for x in pair]
  return cv2.imencode(ending, image, flags)[1].tobytes()


def planar_tiff():
  """Three planes of 16 bits, as OpenCV does not write them."""
  pixels = np.full((3, 4, 4), 1000, "<u2").tobytes()
  tags = [
    (256, 3, 1, 4), (257, 3, 1, 4), (258, 3, 3, 200), (259, 3, 1, 1), (262, 3, 1, 2),
    (273, 4, 3, 206), (277, 3, 1, 3), (278, 3, 1, 4), (279, 4, 3, 218), (284, 3, 1, 2),
  ]  # fmt: skip
  words = [np.array([len(tags)], "<u2").tobytes()]
  for tag, kind, count, value in tags:
    words.append(np.array([tag, kind], "<u2").tobytes())
    words.append(np.array([count, value], "<u4").tobytes())
  head = (b"II*\0" + np.array([8], "<u4").tobytes() + b"".join(words)).ljust(200, b"\0")
  bits = np.array([16, 16, 16], "<u2").tobytes()
  starts = np.array([230, 262, 294], "<u4").tobytes()
  return head + bits + starts + np.array([32, 32, 32], "<u4").tobytes() + pixels


@pytest.mark.parametrize(
  "content",
  [
    *(deep(ending, c) for ending in (".png", ".tiff") for c in (1, 3, 4)),
    deep(".tiff", 1, dtype=np.float32), planar_tiff(),
    encoded(Image.new("I;16", (4, 4)), "PNG"), encoded(Image.new("I", (4, 4)), "TIFF"),
  ],
)  # fmt: skip
def test_more_than_8_bits_a_channel_are_refused(content, tmp_path):
  with pytest.raises(OSError, match=r"^(mode|16 bits) .*, must have 8 bits a c"):
    decode_rgb(content)
  with pytest.raises(ValueError, match=r"^(mode|16 bits) .*, must have 8 bits a c"):
    read_rgb(io.BytesIO(content))


@pytest.mark.parametrize("form, options", [*LOSSLESS, ("JPEG", {}), ("GIF", {})])
def test_files_cut_short_are_refused(form, options):
  content = encoded(noise("RGB", size=(40, 40)), form, **options)
  for length in (0, 4, 20, len(content) // 2, len(content) * 9 // 10):
    with pytest.raises(OSError, match=r".") as raised:
      decode_rgb(content[:length])
    assert "\n" not in str(raised.value)
    with pytest.raises(Exception, match=r"."):
      read_rgb(io.BytesIO(content[:length]))


def write_set(root, names):
  """In each class of each split one image for each name, in the format of its ending."""
  for split in ("train", "test"):
    for label in ("cat", "dog"):
      for i, name in enumerate(names):
        file = root / split / label / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if name.lower().endswith(ENDINGS):
          form = Image.registered_extensions()[file.suffix.lower()]
          file.write_bytes(encoded(Image.new("RGB", (4, 4), (200, 20 * i, 10)), form))
        else:
          file.write_bytes(b"no picture")
  return root


def test_every_ending_is_read_in_memory_and_streamed(tmp_path):
  names = sorted(f"a{ending}" for ending in ENDINGS)
  root = write_set(tmp_path / "set", [*names, "b.JFIF", "c.TIF"])
  assert {Image.registered_extensions()[ending] for ending in ENDINGS} == set(FORMATS)
  dataset = data.from_folder(root)
  assert len(dataset.test_images) == 2 * (len(ENDINGS) + 2)
  assert dataset.notes == ()
  streamed = data.open_stream(f"folder:{root}")
  assert streamed.test.ids() == tuple(dataset.test_ids)
  (batch,) = streamed.test.test_batches(len(dataset.test_images))
  expected = dataset.test_images[:, :1, :1].astype(int)
  assert np.abs(batch.images - expected).max() <= 2  # what JPEG and WebP round otherwise
  assert np.abs(expected[: len(names), 0, 0, 1] - 20 * np.arange(len(names))).max() <= 4
  assert data.decoded_bytes(f"folder:{root}") == dataset.train_images.size * 2


def test_files_left_out_are_counted_by_their_endings(tmp_path):
  names = ["a.png", "b.txt", "c.txt", "d.HEIC", "README", ".hidden.txt", ".DS_Store"]
  root = write_set(tmp_path / "set", names)
  (root / "train" / "labels.csv").write_text("a table beside the classes")
  for name in ("stray.png", "astray.GIF"):
    (root / "train" / name).write_bytes(b"")
  expected = (
    "left out 2 pictures in train, which are in no class",
    "left out 17 files that are no pictures by their ending: 8 .txt, 4 without one, "
    "4 .heic, 1 .csv",
  )
  assert data.from_folder(root).notes == expected
  assert data.open_stream(f"folder:{root}").notes == expected
  for read in (lambda x: data.read_images(x, (4, 4, 3)), data.stream_images):
    found = read(root / "train" / "cat")
    assert found.paths == ("a.png",)
    assert found.notes == (
      "left out 4 files that are no pictures by their ending: 2 .txt, 1 without one, "
      "1 .heic",
    )


def test_a_note_is_one_line_whatever_files_are_called():
  (note,) = left_out_note(collections.Counter([".\udcff\n"]))
  assert note.isprintable()
  assert "\\udcff\\n" in note
  assert left_out_note(collections.Counter()) == ()


def test_imagenets_classes_may_have_pictures_of_any_format(tmp_path):
  tree = webvision_tree.write(tmp_path / "files")
  imagenet = webvision_tree.write_imagenet(tmp_path / "imagenet")
  place = imagenet / "val" / "n00000003"
  for ending in ENDINGS:
    form = Image.registered_extensions()[ending]
    (place / f"more{ending}").write_bytes(
      encoded(Image.new("RGB", (9, 9), "#285a09"), form)
    )
  (place / "boxes.xml").write_text("<no picture>")
  sets = tmp_path / "sets"
  report = webvision.prepare("mini", manual_dir=tree, data_dir=sets, imagenet_dir=imagenet)
  assert report[-1].startswith(
    f"  validation: {100 + len(ENDINGS)} images; left out 2 no picture by its ending: "
    "n00000003/boxes.xml, n00000049/notes.txt (all in "
  )
  extra = data.parse_extra_test("webvision_imagenet/mini:validation")
  stream = data.open_test_stream(extra, sets)
  ids = np.array(stream.ids())
  more = np.flatnonzero(np.char.find(ids, "more") >= 0)
  assert (stream.labels[more] == 3).all()
  batches = list(stream.test_batches(1))
  assert all(np.abs(batches[i].images - [[[[40, 90, 9]]]]).max() < 4 for i in more)
  for file in place.glob("*.*"):
    if file.suffix != ".xml":
      file.unlink()
  with pytest.raises(FileNotFoundError, match=r"^imagenet_dir: .*n0+3 has no picture$"):
    webvision.prepare("mini", manual_dir=tree, data_dir=tmp_path, imagenet_dir=imagenet)


def test_clean_examples_have_files_left_out_too(tmp_path, caplog):
  for name in ("cat/a.png", "dog/b.webp", "dog/c.heic"):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    form = Image.registered_extensions().get(file.suffix)
    file.write_bytes(b"" if file.suffix == ".heic" else encoded(noise("RGB"), form))
  images, labels = np.zeros((2, 9, 7, 3), np.uint8), np.arange(2)
  dataset = data.Dataset(images, labels, images, labels, 2, ("cat", "dog"))
  _, found = data.clean_examples(data.parse_clean(f"folder:{tmp_path}"), dataset)
  assert found.tolist() == [0, 1]
  assert "clean: left out 1 file that is no picture by its ending: 1 .heic" in caplog.text
