"""Data sets by name, in memory or streamed, and their augmentation."""

from noisy_jax.data.arrays import from_arrays
from noisy_jax.data.augmentation import Augmentation
from noisy_jax.data.augmentation import parse_augmentation
from noisy_jax.data.catalogue import load
from noisy_jax.data.clean_examples import LabeledExamples
from noisy_jax.data.clean_examples import clean_examples
from noisy_jax.data.colors import color_jitter
from noisy_jax.data.content import content
from noisy_jax.data.content import digest
from noisy_jax.data.corrected_labels import correct_labels
from noisy_jax.data.corrected_labels import parse_labels
from noisy_jax.data.dataset import Dataset
from noisy_jax.data.dataset import channel_statistics
from noisy_jax.data.dataset import check_dataset
from noisy_jax.data.dataset import class_counts
from noisy_jax.data.dataset import select
from noisy_jax.data.dataset import summary
from noisy_jax.data.digits import digits
from noisy_jax.data.example_ids import example_ids
from noisy_jax.data.folder import from_folder
from noisy_jax.data.held_out import hold_out
from noisy_jax.data.human import check_human
from noisy_jax.data.human import human_labels
from noisy_jax.data.image_folder import ImageFolder
from noisy_jax.data.image_folder import labels_by_folder
from noisy_jax.data.image_folder import read_images
from noisy_jax.data.image_folder import stream_images
from noisy_jax.data.imbalance import Imbalance
from noisy_jax.data.imbalance import imbalance
from noisy_jax.data.imbalance import long_tail
from noisy_jax.data.imbalance import parse_imbalance
from noisy_jax.data.keys import batch_key
from noisy_jax.data.keys import epoch_key
from noisy_jax.data.keys import example_keys
from noisy_jax.data.memory import decoded_bytes
from noisy_jax.data.mixing import Mixing
from noisy_jax.data.names import DatasetName
from noisy_jax.data.names import SplitName
from noisy_jax.data.names import parse_clean
from noisy_jax.data.names import parse_extra_test
from noisy_jax.data.names import parse_name
from noisy_jax.data.npz import from_npy
from noisy_jax.data.npz import from_npz
from noisy_jax.data.npz import has_features
from noisy_jax.data.order import all_rows
from noisy_jax.data.order import epoch_rows
from noisy_jax.data.pooled import pooled
from noisy_jax.data.stream import CHANNEL_MEAN
from noisy_jax.data.stream import CHANNEL_STD
from noisy_jax.data.stream import Batch
from noisy_jax.data.stream import Stream
from noisy_jax.data.streamed import AnyDataset
from noisy_jax.data.streamed import StreamedDataset
from noisy_jax.data.streamed import open_stream
from noisy_jax.data.streamed import open_test_stream
from noisy_jax.data.tfds import from_tfds
from noisy_jax.data.validation_split import ValidationSplit
from noisy_jax.data.validation_split import parse_validation

__all__ = [
  "CHANNEL_MEAN",
  "CHANNEL_STD",
  "AnyDataset",
  "Augmentation",
  "Batch",
  "LabeledExamples",
  "Dataset",
  "DatasetName",
  "ImageFolder",
  "Imbalance",
  "Mixing",
  "SplitName",
  "Stream",
  "StreamedDataset",
  "ValidationSplit",
  "all_rows",
  "batch_key",
  "channel_statistics",
  "check_dataset",
  "check_human",
  "class_counts",
  "clean_examples",
  "color_jitter",
  "content",
  "correct_labels",
  "decoded_bytes",
  "digest",
  "digits",
  "epoch_key",
  "epoch_rows",
  "example_ids",
  "example_keys",
  "from_arrays",
  "from_folder",
  "from_npy",
  "from_npz",
  "from_tfds",
  "has_features",
  "hold_out",
  "human_labels",
  "imbalance",
  "labels_by_folder",
  "load",
  "long_tail",
  "open_stream",
  "open_test_stream",
  "parse_augmentation",
  "parse_clean",
  "parse_extra_test",
  "parse_imbalance",
  "parse_labels",
  "parse_name",
  "parse_validation",
  "pooled",
  "read_images",
  "select",
  "stream_images",
  "summary",
]
