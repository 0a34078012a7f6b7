import json
import shutil

import pytest

from noisy_jax import runs
from noisy_jax.training.setup import Setup
from tests.stopped_runs import a_setup, resumed_from, stopped_run


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
  setup = a_setup(loss="gce(q=auto)", logit_bias="auto", epochs=1)
  workdir = tmp_path_factory.mktemp("run")
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(Setup, "steps_per_call", 4)
    stopped_run(workdir, 1, 4, setup=setup)
  return setup, workdir


@pytest.mark.parametrize(
  "there, named",
  [
    ({"loss": "gce(q=0.7)", "logit_bias": 0.5}, "logit_bias 0.5, and 0.0 is chosen now"),
    ({"loss": "gce(q=0.6)", "logit_bias": 0.0}, r"loss gce\(q=0\.6\), and gce\(q=0\.7\)"),
    ({"loss": "agce(q=0.7)", "logit_bias": 0.0}, r"loss agce\(q=0\.7\), and gce"),
    ({"loss": "gce(q=0.7)", "logit_bias": None}, "logit_bias None, and 0.0 is chosen now"),
    ({"loss": "gce(q=0.7)"}, "logit_bias None, and 0.0 is chosen now"),
    ([], r"loss None, and gce\(q=0\.7\) is chosen now"),
    ({"loss": "gce(q=0.7005)", "logit_bias": 0.001}, None),
    (None, None),
  ],
)
def test_a_run_goes_on_with_the_numbers_that_were_chosen(there, named, begun, tmp_path):
  setup, stopped = begun
  shutil.copytree(stopped, tmp_path, dirs_exist_ok=True)
  config = json.loads((tmp_path / "config.json").read_text())
  assert config.pop("chosen") == {"loss": "gce(q=0.7)", "logit_bias": 0.0}
  if there is not None:
    config["chosen"] = there
  (tmp_path / "config.json").write_text(json.dumps(config))
  if named is None:
    assert resumed_from(setup, tmp_path) == (1, 4)
    return
  with pytest.raises(OSError, match=f"^workdir: {tmp_path} began with {named}"):
    runs.run(setup, tmp_path)
