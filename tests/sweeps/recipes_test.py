import dataclasses
import operator
import re
import shlex

import pytest
from absl import flags

from noisy_jax import losses, training
from noisy_jax.cli import config_flags, train
from noisy_jax.sweeps import recipes

# Epochs, network, learning rate, schedule, weight decay, Nesterov, clip, augmentation; and
# the L1 norm where there is one.
EXPECTED = {
  "alfs/mnist": (50, "cnn4", 0.01, "cosine", 1e-3, False, 5.0, "mnist"),
  "alfs/cifar10": (120, "cnn8", 0.01, "cosine", 1e-4, False, 5.0, "cifar10"),
  "alfs/cifar100": (200, "resnet34", 0.1, "cosine", 1e-5, False, 5.0, "cifar100"),
  "anl/mnist": (50, "cnn4", 0.01, "cosine", 0.0, False, 5.0, "mnist", 1e-6),
  "anl/cifar10": (120, "cnn8", 0.01, "cosine", 0.0, False, 5.0, "cifar10", 5e-5),
  "anl/cifar100": (200, "resnet34", 0.1, "cosine", 0.0, False, 5.0, "cifar100", 5e-7),
  "jal/cifar10": (120, "cnn8", 0.01, "cosine", 0.0, False, 5.0, "cifar10", 5e-5),
  "jal/cifar100": (200, "resnet34", 0.1, "cosine", 0.0, False, 5.0, "cifar100", 5e-6),
  "apl/mnist": (50, "cnn4", 0.01, "cosine:0.001", 1e-2, True, 5.0, "mnist"),
  "apl/cifar10": (120, "cnn8", 0.01, "cosine", 1e-4, True, 5.0, "cifar10"),
  "apl/cifar100": (200, "resnet34", 0.1, "cosine", 1e-5, True, 5.0, "cifar100"),
  "apl/webvision-mini": (250, "resnet50", 0.4, "exponential:0.97", 3e-5, True, 5.0, "none"),
  "eps/webvision-mini":
    (250, "resnet50_zero_init", 0.4, "exponential:0.97", 3e-5, True, 5.0, "none"),
  "eps/cifar-n": (100, "resnet34", 0.1, "steps:60:0.1", 5e-4, False, 0.0, "crop+flip"),
}  # fmt: skip


GJS, EPS = ["--dataset=cifar10", "--loss=published:gjs"], "--recipe=eps/cifar-n"


def config_of(*arguments):
  """The config that train.py makes of these flags."""
  flags.FLAGS.unparse_flags()
  for name in (*train._SETTINGS, "recipe", "data_dir"):
    flags.FLAGS[name].unparse()
  flags.FLAGS(["train", *arguments])
  return config_flags.read(train._SETTINGS, train._RECIPE.value)


fields = operator.attrgetter(
  "epochs", "model", "learning_rate", "schedule", "weight_decay", "nesterov", "clip_norm",
  "augmentation",
)  # fmt: skip


def test_every_recipe_has_the_published_numbers():
  assert recipes.RECIPES.keys() == EXPECTED.keys()
  for name, expected in EXPECTED.items():
    config = config_of(f"--recipe={name}")
    assert (*fields(config), *([config.l1] if config.l1 else [])) == expected
    batch_sizes = {"apl/webvision-mini": 512, "eps/webvision-mini": 256}
    assert config.batch_size == batch_sizes.get(name, 128)
    in_bfloat16 = name == "eps/webvision-mini"
    assert config.compute_dtype == ("bfloat16" if in_bfloat16 else "float32")
    assert config.momentum == 0.9
    published = name.partition("/")[2]
    datasets = {"cifar-n": "cifar10", "webvision-mini": "webvision/mini"}
    assert config.dataset == datasets.get(published, published)
    assert config.initialization == "own"
    assert config.average_decay == 0


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_every_recipe_tells_a_command_that_uses_it(name):
  source = recipes.RECIPES[name].source.replace("\\\n", "")
  (command,) = re.findall(r"python -m experiments\.train (.*)", source)
  config = config_of(*shlex.split(command))
  assert f"--recipe={name} " in command
  assert config.dataset == recipes.RECIPES[name].settings["dataset"]


def test_without_a_recipe_images_get_a_network_and_a_rate_that_start():
  assert config_of() == training.TrainConfig()
  default = training.TrainConfig()
  chosen = training.defaults_of_dataset("cifar10")
  assert chosen["model"] == "cnn5"
  for dataset in ("cifar10", "folder:/pictures", "npz:set.npz", "webvision/mini"):
    config = config_of(f"--dataset={dataset}")
    assert config == dataclasses.replace(default, dataset=dataset, **chosen)
  assert config_of("--dataset=digits1000").model == "mlp"


def test_what_is_asked_for_comes_before_what_images_get():
  default = training.TrainConfig(dataset="cifar10")
  for flag, name in (("model=mlp", "model"), ("widths=1024,1024", "widths")):
    config = config_of("--dataset=cifar10", f"--{flag}")
    assert config == default, name
  config = config_of("--dataset=cifar10", f"--learning_rate={default.learning_rate}")
  assert config == dataclasses.replace(default, model="cnn5")
  of_recipe = config_of("--recipe=alfs/cifar10", "--dataset=cifar100")
  assert (of_recipe.model, of_recipe.learning_rate) == ("cnn8", 0.01)
  # A grid and a config say all that they mean.
  assert (default.model, default.learning_rate) == ("mlp", 0.1)


def test_flags_come_before_the_recipe_even_with_their_defaults():
  default = training.TrainConfig()
  config = config_of(
    "--recipe=apl/cifar100",
    "--dataset=digits100",
    f"--augmentation={default.augmentation}",
    "--nonesterov",
    f"--weight_decay={default.weight_decay}",
  )
  settings = recipes.RECIPES["apl/cifar100"].settings | dict(
    dataset="digits100",
    augmentation=default.augmentation,
    nesterov=False,
    weight_decay=default.weight_decay,
  )
  assert config == dataclasses.replace(default, **settings)


def test_published_losses_are_those_of_the_recipes_data_set():
  published = str(losses.published_loss("nce+agce", "cifar100"))
  asked = ["--recipe=alfs/cifar100", "--loss=published:nce+agce"]
  assert config_of(*asked).loss == published
  assert config_of(*asked, "--dataset=digits100").loss == published
  assert config_of("--dataset=cifar100", asked[1]).loss == published
  of_webvision = config_of("--recipe=apl/webvision-mini", asked[1]).loss
  assert of_webvision == str(losses.published_loss("nce+agce", "webvision"))
  as_given = "nce + agce(a=2, q=1)"
  assert config_of("--recipe=alfs/cifar100", f"--loss={as_given}").loss == as_given


@pytest.mark.parametrize(
  "arguments, expected",
  [
    (["--recipe=alfs/cifar10", "--noise=asymmetric"], "asymmetric:cifar10_in_turn"),
    (["--recipe=apl/cifar10", "--noise=asymmetric"], "asymmetric:cifar10_in_turn"),
    (["--recipe=jal/cifar10", "--noise=asymmetric"], "asymmetric:cifar10_in_turn"),
    (["--recipe=eps/cifar-n", "--noise=asymmetric"], "asymmetric:cifar10_in_turn"),
    (["--recipe=anl/cifar10", "--noise=asymmetric"], "asymmetric"),
    (["--recipe=alfs/cifar10", "--noise=asymmetric:cifar10"], "asymmetric:cifar10"),
    (["--recipe=alfs/cifar10", "--noise=pairflip"], "pairflip"),
    (["--recipe=alfs/cifar10"], "symmetric"),
    (["--recipe=alfs/cifar10", "--dataset=mnist", "--noise=asymmetric"], "asymmetric"),
    (["--recipe=alfs/cifar100", "--noise=asymmetric"], "asymmetric"),
    (["--dataset=cifar10", "--noise=asymmetric"], "asymmetric"),
  ],
)
def test_asymmetric_noise_is_that_of_the_recipes_code(arguments, expected):
  assert config_of(*arguments).noise == expected


@pytest.mark.parametrize(
  "arguments, expected",
  [
    # The recipe's code comes first.
    (["--recipe=apl/cifar100", "--loss=published:nce+mae"], "10*nce + mae(scale=1)"),
    (["--recipe=anl/cifar100", "--loss=published:nce+mae"], "10*nce + 0.1*mae(scale=1)"),
    (["--recipe=anl/cifar100", "--loss=published:apl/nce+mae"], "10*nce + mae(scale=1)"),
    (["--dataset=cifar100", "--loss=published:jal/nce+mae"], "10*nce + 0.1*mae(scale=1)"),
    # Where it has none, the others do.
    (["--recipe=alfs/cifar100", "--loss=published:sce"], "sce(alpha=6, beta=0.1)"),
    (["--recipe=jal/cifar100", "--loss=published:nce+amse"], "5*nce + amse(a=20)"),
    # And the noise decides.
    ([*GJS, "--noise_rate=0.4"], "gjs(pi=0.9)"),
    (GJS, "gjs(pi=0.5)"),
    ([*GJS, "--noise=symmetric_including_true", "--noise_rate=0.4"], "gjs(pi=0.9)"),
    ([*GJS, "--noise=asymmetric:cifar10", "--noise_rate=0.4"], "gjs(pi=0.3)"),
    ([EPS, "--loss=published:ece+mae"], "0.5*ece(m=10000, q_min=1e-08) + mae"),
    (["--recipe=eps/cifar-n", "--loss=published:agce"], "agce(a=0.6, q=0.6)"),
  ],
)
def test_published_losses_are_those_of_noise_and_code(arguments, expected):
  assert config_of(*arguments).loss == expected


@pytest.mark.parametrize(
  "arguments, message",
  [
    (["--recipe=alfs"], "recipe: unknown 'alfs'; known: alfs/mnist, alfs/cifar10, "),
    (["--recipe=alfs/mnist", "--loss=published:nce+agce"], "dataset: no published nce"),
    (["--recipe=alfs/mnist", "--loss=published:mae"], "loss: nothing published for 'mae'"),
    (["--loss=published:gce"], "dataset: no published gce for 'digits100'; gce has mnist"),
    (["--recipe=eps/cifar-n", "--dataset=digits10"], "noise: human:worse has labels for"),
    (["--dataset=cifar100", "--loss=published:nce+mae", "--noise_rate=0.4"],
     "loss: more than one published nce+mae on cifar100, must be asked for by noise, "),
    ([*GJS, "--noise=pairflip", "--noise_rate=0.4"],
     "noise: no published gjs on cifar10 for pairflip noise of 0.4; there is gjs(pi=0.5)"),
    (["--dataset=cifar10", "--loss=published:ma/gce"], "code: unknown 'ma'; known: apl, "),
  ],
)  # fmt: skip
def test_what_is_not_there_gets_one_line(arguments, message):
  with pytest.raises(ValueError, match=f"^{re.escape(message)}") as error:
    config_of(*arguments)
  assert "\n" not in str(error.value)
