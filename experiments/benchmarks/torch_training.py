"""Training of a setup by PyTorch, written for speed; `convnet_speed.py` compares with it.

The data lie on the device as uint8; an epoch is a permutation there, and each step takes
its images, crops and flips them, standardises, and goes through the network in
channels_last, under autocast where the setup computes in bfloat16. Gradients are clipped,
SGD is fused, and loss and accuracies are summed on the device and fetched once an epoch.
"""

from collections.abc import Callable, Sequence

import jax
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from experiments.benchmarks import race, torch_convnets, torch_losses
from noisy_jax import training

FORMS = ("eager", "compiled", "step_graph")
"""How a step runs: as it is; by torch.compile; compiled, in a CUDA graph of the whole step
that the programmer records."""

_PADDING = 4


def check(models: Sequence[str], forms: Sequence[str], on: str) -> None:
  """Refuses networks and forms that are not here on this device, with a ValueError."""
  known = FORMS if on == "cuda" else FORMS[:2]
  choices = {"models": (models, [*torch_convnets.NETWORKS]), "torch_forms": (forms, known)}
  for flag, (names, of_flag) in choices.items():
    for name in names:
      if name not in of_flag:
        among = f"one of {', '.join(of_flag)} beside PyTorch on {on}"
        raise ValueError(f"{flag}: {name!r}, must be {among}")


def epochs(setup: training.Setup, on: str, form: str) -> race.Seconds:
  """Epochs of the same training as `training.train` does.

  Args:
    setup: from `prepare`, on images augmented by crop and flip, with a constant rate.
    on: cpu or cuda.
    form: one of `FORMS`.

  Returns:
    A function that trains an epoch and gives its seconds; the first time it also compiles.
  """
  torch.backends.cudnn.benchmark = True
  config, device = setup.config, torch.device(on)
  model = torch_convnets.build(
    config.model, setup.dataset.num_classes, setup.dataset.image_shape[0]
  ).to(device, memory_format=torch.channels_last)
  # Only what computes the same may be compared.
  image = np.zeros((1, *setup.dataset.image_shape), np.float32)
  key = jax.random.key(0)
  twin = jax.eval_shape(lambda: setup.model.init(key, image, train=False)["params"])
  num_theirs = sum(weight.numel() for weight in model.parameters())
  assert num_theirs == sum(leaf.size for leaf in jax.tree.leaves(twin))
  optimizer = torch.optim.SGD(
    model.parameters(),
    config.learning_rate,
    config.momentum,
    weight_decay=config.weight_decay,
    nesterov=config.nesterov,
    fused=True,
  )
  of_rows = _forward(setup, model, device)
  if form != "eager":
    of_rows = torch.compile(of_rows, dynamic=False)
  totals = torch.zeros(3, device=device)

  def step(rows):
    loss, sums = of_rows(rows)
    loss.backward()
    if config.clip_norm:
      nn.utils.clip_grad_norm_(model.parameters(), config.clip_norm, foreach=True)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    totals.add_(sums)

  num_images, batch_size = len(setup.train_labels.noisy), config.batch_size
  num_steps = num_images // batch_size
  run = step

  def epoch():
    nonlocal run
    order = torch.randperm(num_images, device=device)[: num_steps * batch_size]
    if form == "step_graph" and run is step:
      run = _recorded(step, order[:batch_size])
    totals.zero_()
    for rows in order.split(batch_size):
      run(rows)
    # Fetching also waits.
    if not totals.cpu().isfinite().all():
      raise FloatingPointError(f"the loss of PyTorch, {form}, is not finite")

  return race.timed(epoch)


def _forward(setup, model, device) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
  """The mean loss of rows, and the sums of loss, hits and hits among five."""
  images = torch.tensor(setup.dataset.train_images, device=device)
  labels = torch.tensor(setup.train_labels.noisy, dtype=torch.int64, device=device)
  mean, std = (torch.tensor(x, device=device) for x in (setup.mean, setup.std))
  loss = torch_losses.BEST[setup.config.loss]
  half = setup.config.compute_dtype == "bfloat16"

  def of_rows(rows):
    pixels = _crop_and_flip(images[rows])
    inputs = ((pixels / 255 - mean) / std).permute(0, 3, 1, 2)
    # Weights are used once in a step, and what autocast keeps of them cannot be recorded.
    with torch.autocast(device.type, torch.bfloat16, enabled=half, cache_enabled=False):
      logits = model(inputs)
    logits, chosen = logits.float(), labels[rows]
    value = loss(logits, chosen)
    with torch.no_grad():
      hits = logits.topk(5, dim=1).indices == chosen[:, None]
      sums = torch.stack([value * len(rows), hits[:, 0].sum(), hits.sum()])
    return value, sums

  return of_rows


def _crop_and_flip(images: Tensor) -> Tensor:
  """Each image in a black frame, cut out at a random place, and mirrored half of the time.

  Args:
    images: uint8[n, height, width, channels].

  Returns:
    The same shape and dtype.
  """
  n, height, width, _ = images.shape
  on = images.device
  framed = functional.pad(images, (0, 0, _PADDING, _PADDING, _PADDING, _PADDING))
  top, left = torch.randint(2 * _PADDING + 1, (2, n, 1), device=on)
  column = torch.arange(width, device=on)
  mirrored = torch.rand(n, 1, device=on) < 0.5
  columns = left + torch.where(mirrored, width - 1 - column, column)
  rows = top + torch.arange(height, device=on)
  image = torch.arange(n, device=on)[:, None, None]
  return framed[image, rows[:, :, None], columns[:, None, :]]


def _recorded(step, rows) -> Callable[[Tensor], None]:
  """The step as one CUDA graph, recorded as PyTorch's manual says."""
  place = rows.clone()
  aside = torch.cuda.Stream()
  aside.wait_stream(torch.cuda.current_stream())
  with torch.cuda.stream(aside):
    # Compiles, and makes the momentum: neither may be recorded.
    for _ in range(3):
      step(place)
  torch.cuda.current_stream().wait_stream(aside)
  graph = torch.cuda.CUDAGraph()
  with torch.cuda.graph(graph):
    step(place)

  def replay(rows):
    place.copy_(rows)
    graph.replay()

  return replay
