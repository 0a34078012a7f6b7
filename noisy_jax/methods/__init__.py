"""Training methods around a loss, each with a memory.

`parse("elr(beta=0.9)").around(loss)` gives a `Method`, a tuple of pure functions that the
training loop calls; elr.py shows how short a method is.
"""

from noisy_jax.methods.aum import aum
from noisy_jax.methods.car import car
from noisy_jax.methods.elr import elr
from noisy_jax.methods.marvel import marvel
from noisy_jax.methods.marvel import marvel_plus
from noisy_jax.methods.meta import meta
from noisy_jax.methods.method import Method
from noisy_jax.methods.method import MethodState
from noisy_jax.methods.method import StepAtHand
from noisy_jax.methods.method import plain
from noisy_jax.methods.nal import nal
from noisy_jax.methods.ogc import ogc
from noisy_jax.methods.selc import selc
from noisy_jax.methods.spec import NAMES
from noisy_jax.methods.spec import NONE
from noisy_jax.methods.spec import MethodSpec
from noisy_jax.methods.spec import defaults
from noisy_jax.methods.spec import parse
from noisy_jax.methods.sr import sr

__all__ = [
  "Method",
  "MethodSpec",
  "MethodState",
  "NAMES",
  "NONE",
  "StepAtHand",
  "aum",
  "car",
  "defaults",
  "elr",
  "marvel",
  "marvel_plus",
  "meta",
  "nal",
  "ogc",
  "parse",
  "plain",
  "selc",
  "sr",
]
