import pytest

from tests.fuzz.command import Answer, run
from tests.fuzz.conftest import long

# Command, the name that the line must have, and flags.
REFUSED = """
paper.figures figure --figure=6
paper.figures figure --figure=
paper.figures noise_rate --figure=noise --noise_rate=0 --dataset=digits10
paper.figures noise_rate --figure=noise --noise_rate=nan
paper.figures out_dir --figure=noise --out_dir=/dev/null/x
paper.figures out_dir --figure=noise --out_dir=/proc/x
demo out_dir --out_dir=/dev/null
demo x x
paper.predictions out_dir --out_dir=/proc/x
paper.predictions epochs --out_dir=x --epochs=0
pages.loss_page x x
report runs --runs=/ --out_dir=x
report runs --runs=/dev/null --out_dir=x
report readme --readme=/
sweep grid --grid=/dev/null.yaml --out_dir=x
sweep out_dir --grid=classes --out_dir=/dev/null
sweep data_dir --grid=cifar10 --filter=_ce/seed0 --out_dir=x --data_dir=/none
prepare_webvision manual_dir --manual_dir=/dev/null --data_dir=x
prepare_webvision dir --manual_dir=. --data_dir=/dev/null
prepare_webvision config --config=big
benchmarks.losses num_classes --num_classes=1
benchmarks.losses batch_size --batch_size=x
benchmarks.losses out_dir --out_dir=/dev/null
benchmarks.average_error loss --losses=gce(q=auto) --classes=10
benchmarks.average_error classes --losses=ce --classes=1
benchmarks.training_speed widths --widths=0
benchmarks.training_speed threads --threads=x
benchmarks.method_cost method --methods=x
benchmarks.convnet_speed model --models=x
benchmarks.convnet_speed batch_size --batch_sizes=0
benchmarks.epoch_profile batch_size --train_size=8 --batch_size=16
benchmarks.first_step model --models=x
benchmarks.accelerator parts --parts=x
benchmarks.accelerator out_dir --out_dir=/dev/null
benchmarks.device_agreement x x
benchmarks.stream quality --quality=101
benchmarks.epoch_scan width --width=0
train epochs --epochs=999999999999
train memory --widths=2000000000
train image_size --image_size=999999999
evaluate workdir --workdir=/dev/null/x
"""


@pytest.mark.parametrize(
  "status, err",
  [
    (1, "error: y: 1, must be 2"),
    (1, "beware\nerror: x: 1, must be 2"),
    (1, "Traceback (most recent call last): x"),
    (0, "Exception ignored in x"),
    (3, "error: x: 1, must be 2"),
    (-11, ""),
  ],
)
def test_what_is_no_refusal_fails(status, err):
  assert Answer(0, "", "a warning").is_accepted("x")
  assert not Answer(1, "", "error: x: 1, must be 2").is_accepted("x")
  with pytest.raises(AssertionError):
    Answer(status, "", err).is_accepted("x")


@long
@pytest.mark.parametrize("line", REFUSED.strip().split("\n"))
def test_malformed_flags_of_commands_are_refused(line, tmp_path):
  command, name, *arguments = line.split()
  assert not run(command, arguments, tmp_path).is_accepted([name])
