"""The rows behind `recommend`, made by `python -m experiments.pages.evidence`.

Grid, data set, classes, network, noise, noise rate, epochs; below: loss, schedule of the
bias, method, accuracy, standard deviation over seeds, seeds.
"""

TABLE = """\
cifar100_small | cifar100 | 100 | cnn5 | symmetric | 0.4 | 30
  ce | none | none | 0.4591 | 0.0026 | 3
  mae | none | none | 0.0562 | 0.0103 | 3
  mae | constant | none | 0.4602 | 0.0043 | 3
  gce | none | none | 0.3164 | 0.0062 | 3
  gce | constant | none | 0.4518 | 0.0025 | 3
  mae | fading | none | 0.3286 | 0.0030 | 3
  gce | fading | none | 0.3889 | 0.0094 | 3
  nce + agce | none | none | 0.0677 | 0.0076 | 3
  nce + agce | constant | none | 0.4269 | 0.0027 | 3
  agce | none | none | 0.0596 | 0.0117 | 3
  bi_tempered | none | none | 0.4464 | 0.0008 | 2
  ce | none | elr | 0.4438 | 0.0023 | 2
  ce | none | marvel_plus | 0.3147 | 0.0036 | 2
cifar100_small | cifar100 | 100 | cnn5 | human:noisy | 0.4 | 30
  ce | none | none | 0.4666 | 0.0026 | 3
  mae | none | none | 0.0631 | 0.0174 | 3
  mae | constant | none | 0.4433 | 0.0016 | 3
  gce | none | none | 0.3180 | 0.0072 | 3
  gce | constant | none | 0.4370 | 0.0030 | 3
  mae | fading | none | 0.3223 | 0.0083 | 3
  gce | fading | none | 0.4081 | 0.0044 | 3
  nce + agce | none | none | 0.0858 | 0.0000 | 1
  nce + agce | constant | none | 0.4221 | 0.0042 | 2
  agce | none | none | 0.0616 | 0.0103 | 2
  bi_tempered | none | none | 0.4523 | 0.0000 | 1
  ce | none | elr | 0.4487 | 0.0000 | 1
  ce | none | marvel_plus | 0.3498 | 0.0021 | 3
cifar10_mlp | cifar10 | 10 | mlp 256-256 | symmetric | 0.4 | 30
  ce | none | none | 0.3671 | 0.0027 | 3
  mae | none | none | 0.4692 | 0.0094 | 3
  gce | none | none | 0.4787 | 0.0026 | 3
  nce + rce | none | none | 0.3842 | 0.0015 | 3
  nce + 4*agce(a=6, q=1.5) | none | none | 0.3577 | 0.0066 | 3
cifar10_mlp | cifar10 | 10 | mlp 256-256 | asymmetric | 0.4 | 30
  ce | none | none | 0.4741 | 0.0013 | 3
  mae | none | none | 0.4035 | 0.0028 | 3
  gce | none | none | 0.4736 | 0.0046 | 3
  nce + rce | none | none | 0.3664 | 0.0050 | 3
  nce + 4*agce(a=6, q=1.5) | none | none | 0.3628 | 0.0044 | 3
cifar10_mlp | cifar10 | 10 | mlp 256-256 | human:worse | 0.4 | 30
  ce | none | none | 0.4074 | 0.0014 | 3
  mae | none | none | 0.4386 | 0.0247 | 3
  gce | none | none | 0.4753 | 0.0021 | 3
  nce + rce | none | none | 0.3787 | 0.0060 | 3
  nce + 4*agce(a=6, q=1.5) | none | none | 0.3668 | 0.0133 | 3
classes | digits10 | 10 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.9886 | 0.0010 | 5
  mae | none | none | 0.8714 | 0.1065 | 5
  gce | none | none | 0.9905 | 0.0016 | 5
  nce + agce | none | none | 0.9896 | 0.0017 | 5
  bi_tempered | none | none | 0.9903 | 0.0004 | 5
classes | digits32 | 32 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.5821 | 0.0111 | 5
  mae | none | none | 0.0679 | 0.0099 | 5
  mae | constant | none | 0.4438 | 0.0050 | 5
  gce | none | none | 0.2481 | 0.0059 | 5
  gce | constant | none | 0.3604 | 0.0066 | 5
  nce + agce | none | none | 0.1374 | 0.0051 | 5
  nce + agce | constant | none | 0.3026 | 0.0055 | 5
  bi_tempered | none | none | 0.4012 | 0.0090 | 5
classes | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.9619 | 0.0026 | 5
  mae | none | none | 0.1700 | 0.0151 | 5
  mae | constant | none | 0.9489 | 0.0052 | 5
  gce | none | none | 0.7886 | 0.0161 | 5
  gce | constant | none | 0.9471 | 0.0024 | 5
  nce + agce | none | none | 0.2847 | 0.0287 | 5
  nce + agce | constant | none | 0.9379 | 0.0038 | 5
  bi_tempered | none | none | 0.9695 | 0.0019 | 5
classes | digits316 | 316 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.8384 | 0.0058 | 5
  mae | none | none | 0.0082 | 0.0018 | 5
  mae | constant | none | 0.6992 | 0.0041 | 5
  gce | none | none | 0.0274 | 0.0008 | 5
  gce | constant | none | 0.5991 | 0.0037 | 5
  gce(q=0.5704) | none | none | 0.1631 | 0.0077 | 5
  nce + agce | none | none | 0.0048 | 0.0022 | 5
  nce + agce | constant | none | 0.4244 | 0.0063 | 5
  bi_tempered | none | none | 0.4538 | 0.0123 | 5
classes | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.8435 | 0.0045 | 5
  mae | none | none | 0.0024 | 0.0012 | 5
  mae | constant | none | 0.7068 | 0.0046 | 5
  gce | none | none | 0.0084 | 0.0011 | 5
  gce | constant | none | 0.6832 | 0.0053 | 5
  gce(q=0.4815) | none | none | 0.4052 | 0.0515 | 5
  nce + agce | none | none | 0.0020 | 0.0009 | 5
  nce + agce | constant | none | 0.6224 | 0.0050 | 5
  bi_tempered | none | none | 0.7896 | 0.0074 | 5
digits100 | digits100 | 100 | mlp 512-512 | symmetric | 0.2 | 40
  ce | none | none | 0.8911 | 0.0041 | 3
  mae | none | none | 0.2111 | 0.0154 | 3
  mae | constant | none | 0.9491 | 0.0048 | 3
  gce | none | none | 0.7634 | 0.0078 | 3
  gce | constant | none | 0.9633 | 0.0027 | 3
  nce + agce | none | none | 0.9775 | 0.0027 | 3
  nce + agce | constant | none | 0.9605 | 0.0021 | 3
  bi_tempered | none | none | 0.9527 | 0.0054 | 3
  mae | fading | none | 0.9541 | 0.0141 | 3
  gce | fading | none | 0.9841 | 0.0014 | 3
  gce | q rising | none | 0.7417 | 0.0283 | 3
digits100 | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 40
  ce | none | none | 0.6988 | 0.0018 | 3
  mae | none | none | 0.1997 | 0.0214 | 3
  mae | constant | none | 0.9487 | 0.0062 | 3
  gce | none | none | 0.8023 | 0.0109 | 3
  gce | constant | none | 0.8993 | 0.0041 | 3
  nce + agce | none | none | 0.9548 | 0.0065 | 3
  nce + agce | constant | none | 0.9160 | 0.0051 | 3
  bi_tempered | none | none | 0.8061 | 0.0056 | 3
  mae | fading | none | 0.9610 | 0.0018 | 3
  gce | fading | none | 0.9766 | 0.0016 | 3
  nce + agce | fading | none | 0.9785 | 0.0010 | 3
digits100 | digits100 | 100 | mlp 512-512 | symmetric | 0.6 | 40
  ce | none | none | 0.4491 | 0.0047 | 3
  mae | none | none | 0.1885 | 0.0259 | 3
  mae | constant | none | 0.8270 | 0.0031 | 3
  gce | none | none | 0.8939 | 0.0224 | 3
  gce | constant | none | 0.6519 | 0.0043 | 3
  nce + agce | none | none | 0.7533 | 0.0413 | 3
  nce + agce | constant | none | 0.7603 | 0.0033 | 3
  bi_tempered | none | none | 0.5706 | 0.0020 | 3
  mae | fading | none | 0.9695 | 0.0032 | 3
  gce | fading | none | 0.9627 | 0.0025 | 3
digits100 | digits100 | 100 | mlp 512-512 | symmetric | 0.8 | 40
  ce | none | none | 0.1989 | 0.0023 | 3
  mae | none | none | 0.1455 | 0.0389 | 3
  mae | constant | none | 0.3601 | 0.0091 | 3
  gce | none | none | 0.9173 | 0.0098 | 3
  gce | constant | none | 0.3131 | 0.0085 | 3
  nce + agce | none | none | 0.3039 | 0.0313 | 3
  nce + agce | constant | none | 0.4000 | 0.0126 | 3
  bi_tempered | none | none | 0.2919 | 0.0064 | 3
  mae | fading | none | 0.9058 | 0.0035 | 3
  gce | fading | none | 0.8615 | 0.0060 | 3
digits100 | digits100 | 100 | mlp 512-512 | pairflip | 0.4 | 40
  ce | none | none | 0.6021 | 0.0034 | 3
  mae | none | none | 0.1832 | 0.0113 | 3
  mae | constant | none | 0.6411 | 0.0066 | 3
  gce | none | none | 0.6037 | 0.0143 | 3
  gce | constant | none | 0.6747 | 0.0102 | 3
  nce + agce | none | none | 0.6993 | 0.0132 | 3
  nce + agce | constant | none | 0.7018 | 0.0080 | 3
  bi_tempered | none | none | 0.6059 | 0.0076 | 3
  mae | fading | none | 0.6412 | 0.0028 | 3
  gce | fading | none | 0.6142 | 0.0052 | 3
digits1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.2 | 40
  ce | none | none | 0.7942 | 0.0028 | 3
  mae | none | none | 0.0109 | 0.0055 | 3
  mae | constant | none | 0.7924 | 0.0056 | 3
  mae | fading | none | 0.8482 | 0.0101 | 3
  gce(q=0.4815) | q rising | none | 0.7334 | 0.0194 | 3
digits1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 40
  ce | none | none | 0.5964 | 0.0037 | 3
  mae | none | none | 0.0016 | 0.0003 | 3
  mae | constant | none | 0.6777 | 0.0041 | 3
  gce | none | none | 0.2641 | 0.0056 | 3
  gce | constant | none | 0.5937 | 0.0039 | 3
  gce(q=0.4815) | none | none | 0.8326 | 0.0101 | 3
  nce + agce | none | none | 0.0025 | 0.0008 | 3
  nce + agce | constant | none | 0.6011 | 0.0030 | 3
  bi_tempered | none | none | 0.7287 | 0.0085 | 3
  mae | fading | none | 0.8305 | 0.0035 | 3
  gce | fading | none | 0.8571 | 0.0020 | 3
  gce(q=0.4815) | q rising | none | 0.7241 | 0.0142 | 3
digits1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.6 | 40
  ce | none | none | 0.3589 | 0.0044 | 3
  mae | none | none | 0.0019 | 0.0007 | 3
  mae | constant | none | 0.4519 | 0.0049 | 3
  gce | none | none | 0.1072 | 0.0737 | 3
  gce | constant | none | 0.3809 | 0.0038 | 3
  mae | fading | none | 0.7523 | 0.0077 | 3
  gce | fading | none | 0.7498 | 0.0062 | 3
  gce(q=0.4815) | q rising | none | 0.6819 | 0.0066 | 3
fading | digits200 | 200 | mlp 512-512 | symmetric | 0.4 | 40
  mae | constant | none | 0.8803 | 0.0013 | 3
  mae | fading | none | 0.9423 | 0.0129 | 3
fading | digits200 | 200 | mlp 512-512 | symmetric | 0.6 | 40
  ce | none | none | 0.3991 | 0.0064 | 3
  mae | constant | none | 0.6789 | 0.0067 | 3
  mae | fading | none | 0.9283 | 0.0069 | 3
fading | digits500 | 500 | mlp 512-512 | symmetric | 0.4 | 40
  ce | none | none | 0.6194 | 0.0096 | 3
  mae | none | none | 0.0416 | 0.0089 | 3
  mae | constant | none | 0.7712 | 0.0055 | 3
  gce | none | none | 0.3801 | 0.0160 | 3
  gce | constant | none | 0.6647 | 0.0076 | 3
  mae | fading | none | 0.8995 | 0.0144 | 3
  gce | fading | none | 0.9205 | 0.0034 | 3
  gce(q=0.5312) | q rising | none | 0.8253 | 0.0181 | 3
fading | digits500 | 500 | mlp 512-512 | symmetric | 0.6 | 40
  ce | none | none | 0.3734 | 0.0122 | 3
  mae | none | none | 0.0192 | 0.0056 | 3
  mae | constant | none | 0.5276 | 0.0032 | 3
  gce | none | none | 0.4381 | 0.0086 | 3
  gce | constant | none | 0.4325 | 0.0081 | 3
  mae | fading | none | 0.8631 | 0.0093 | 3
fading_cifar100 | cifar100 | 100 | mlp 512-512 | symmetric | 0.4 | 30
  ce | none | none | 0.1528 | 0.0014 | 3
  mae | none | none | 0.0811 | 0.0060 | 3
  mae | constant | none | 0.2227 | 0.0024 | 3
  gce | none | none | 0.2240 | 0.0028 | 3
  mae | fading | none | 0.2273 | 0.0037 | 3
fading_cifar100 | cifar100 | 100 | mlp 512-512 | human:noisy | 0.4 | 30
  ce | none | none | 0.1953 | 0.0032 | 3
  mae | none | none | 0.0672 | 0.0132 | 3
  mae | constant | none | 0.2213 | 0.0040 | 3
  gce | none | none | 0.2069 | 0.0017 | 3
  gce | constant | none | 0.2225 | 0.0016 | 3
  mae | fading | none | 0.2127 | 0.0045 | 3
  gce | fading | none | 0.2338 | 0.0025 | 3
  gce | q rising | none | 0.1927 | 0.0062 | 3
fading_cifar100 | cifar100 | 100 | mlp 512-512 | symmetric | 0.6 | 30
  ce | none | none | 0.1033 | 0.0006 | 3
  mae | constant | none | 0.1666 | 0.0019 | 3
  mae | fading | none | 0.2009 | 0.0041 | 3
fading_cifar100 | cifar100 | 100 | mlp 512-512 | asymmetric:cifar100_superclass | 0.4 | 30
  mae | constant | none | 0.1755 | 0.0046 | 3
  gce | none | none | 0.1804 | 0.0022 | 3
  gce | constant | none | 0.1775 | 0.0026 | 3
  mae | fading | none | 0.1794 | 0.0047 | 3
  gce | fading | none | 0.1807 | 0.0022 | 3
  gce | q rising | none | 0.1735 | 0.0035 | 3
fading_pairflip | digits100 | 100 | mlp 512-512 | pairflip | 0.4 | 40
  mae | none | none | 0.1717 | 0.0055 | 3
  mae | constant | none | 0.6415 | 0.0072 | 3
meta_bias | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 20
  mae | constant | none | 0.6747 | 0.0020 | 3
  mae | none | meta | 0.8609 | 0.0075 | 3
methods | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 40
  ce | none | none | 0.6961 | 0.0061 | 3
  ce | none | sr | 0.9650 | 0.0056 | 3
  ce | none | elr | 0.8768 | 0.0009 | 3
  ce | none | car | 0.9824 | 0.0026 | 3
  ce | none | marvel | 0.9820 | 0.0002 | 3
  ce | none | marvel_plus | 0.9833 | 0.0013 | 3
  gce | none | none | 0.8023 | 0.0108 | 3
  gce | none | meta | 0.9749 | 0.0012 | 3
  mae | none | none | 0.1997 | 0.0214 | 3
  mae | constant | none | 0.9473 | 0.0077 | 3
  mae | none | meta | 0.7817 | 0.0588 | 3
methods | digits100 | 100 | mlp 512-512 | pairflip | 0.4 | 40
  ce | none | none | 0.6053 | 0.0120 | 3
  ce | none | sr | 0.5431 | 0.0036 | 3
  ce | none | elr | 0.9167 | 0.0102 | 3
  ce | none | car | 0.6581 | 0.0028 | 3
  ce | none | marvel | 0.7448 | 0.0028 | 3
  ce | none | marvel_plus | 0.8542 | 0.0085 | 3
  gce | none | none | 0.6068 | 0.0156 | 3
  gce | none | meta | 0.6023 | 0.0089 | 3
  mae | none | none | 0.1832 | 0.0113 | 3
  mae | constant | none | 0.6426 | 0.0077 | 3
  mae | none | meta | 0.5651 | 0.0197 | 3
methods_cifar10 | cifar10 | 10 | mlp 256-256 | symmetric | 0.4 | 30
  ce | none | none | 0.3671 | 0.0027 | 3
  ce | none | sr | 0.4463 | 0.0037 | 3
  ce | none | elr | 0.4732 | 0.0029 | 3
  ce | none | car | 0.4693 | 0.0022 | 3
  ce | none | marvel | 0.4950 | 0.0033 | 3
  ce | none | marvel_plus | 0.4996 | 0.0043 | 3
  gce | none | none | 0.4787 | 0.0026 | 3
  gce | none | meta | 0.4138 | 0.0095 | 3
  mae | none | none | 0.4692 | 0.0094 | 3
  mae | none | meta | 0.4616 | 0.0023 | 3
methods_cifar10 | cifar10 | 10 | mlp 256-256 | asymmetric | 0.4 | 30
  ce | none | none | 0.4741 | 0.0013 | 3
  ce | none | sr | 0.4623 | 0.0018 | 3
  ce | none | elr | 0.4890 | 0.0027 | 3
  ce | none | car | 0.4978 | 0.0028 | 3
  ce | none | marvel | 0.4930 | 0.0026 | 3
  ce | none | marvel_plus | 0.4935 | 0.0050 | 3
  gce | none | none | 0.4736 | 0.0046 | 3
  gce | none | meta | 0.4712 | 0.0031 | 3
  mae | none | none | 0.4035 | 0.0028 | 3
  mae | none | meta | 0.4780 | 0.0003 | 3
methods_cifar10 | cifar10 | 10 | mlp 256-256 | human:worse | 0.4 | 30
  ce | none | none | 0.4074 | 0.0014 | 3
  ce | none | sr | 0.4524 | 0.0026 | 3
  ce | none | elr | 0.4795 | 0.0021 | 3
  ce | none | car | 0.4750 | 0.0026 | 3
  ce | none | marvel | 0.4953 | 0.0029 | 3
  ce | none | marvel_plus | 0.4977 | 0.0019 | 3
  gce | none | none | 0.4753 | 0.0021 | 3
  gce | none | meta | 0.4241 | 0.0052 | 3
  mae | none | none | 0.4386 | 0.0247 | 3
  mae | none | meta | 0.4701 | 0.0058 | 3
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.1 | 40
  mae | constant | none | 0.9522 | 0.0069 | 3
  mae | fading | none | 0.9448 | 0.0109 | 3
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.2 | 40
  mae | constant | none | 0.9496 | 0.0044 | 3
  mae | fading | none | 0.9473 | 0.0086 | 3
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.3 | 40
  mae | constant | none | 0.9437 | 0.0008 | 3
  mae | fading | none | 0.9525 | 0.0082 | 3
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 40
  mae | constant | none | 0.9475 | 0.0059 | 3
  mae | fading | none | 0.9609 | 0.0018 | 3
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.5 | 40
  mae | constant | none | 0.9199 | 0.0048 | 3
  mae | fading | none | 0.9655 | 0.0011 | 3
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.6 | 40
  mae | constant | none | 0.8288 | 0.0020 | 3
  mae | fading | none | 0.9705 | 0.0039 | 3
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.8 | 40
  mae | constant | none | 0.3609 | 0.0101 | 3
  mae | fading | none | 0.9075 | 0.0083 | 3
rates1000 | digits1000 | 1000 | mlp 512-512 | clean | 0.0 | 40
  mae | constant | none | 0.8342 | 0.0057 | 3
  mae | fading | none | 0.8367 | 0.0085 | 3
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.02 | 40
  mae | constant | none | 0.8347 | 0.0121 | 3
  mae | fading | none | 0.8387 | 0.0076 | 3
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.05 | 40
  mae | constant | none | 0.8321 | 0.0136 | 3
  mae | fading | none | 0.8400 | 0.0123 | 3
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.1 | 40
  mae | constant | none | 0.8276 | 0.0122 | 3
  mae | fading | none | 0.8463 | 0.0098 | 3
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.2 | 40
  mae | constant | none | 0.7924 | 0.0056 | 3
  mae | fading | none | 0.8482 | 0.0101 | 3
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 40
  mae | constant | none | 0.6777 | 0.0041 | 3
  mae | fading | none | 0.8305 | 0.0035 | 3
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.6 | 40
  mae | constant | none | 0.4519 | 0.0049 | 3
  mae | fading | none | 0.7523 | 0.0077 | 3
demo | digits10 | 10 | mlp 256-256 | symmetric | 0.6 | 16
  ce | none | none | 0.8604 | 0.0000 | 1
  mae | none | none | 0.8906 | 0.0000 | 1
demo | digits100 | 100 | mlp 256-256 | symmetric | 0.6 | 16
  ce | none | none | 0.8524 | 0.0000 | 1
  mae | none | none | 0.1658 | 0.0000 | 1
  mae | constant | none | 0.9160 | 0.0000 | 1
  mae | fading | none | 0.9350 | 0.0000 | 1
demo | digits1000 | 1000 | mlp 256-256 | symmetric | 0.6 | 16
  ce | none | none | 0.5226 | 0.0000 | 1
  mae | none | none | 0.0038 | 0.0000 | 1
  mae | constant | none | 0.5294 | 0.0000 | 1
  mae | fading | none | 0.5954 | 0.0000 | 1
predictions | digits10 | 10 | mlp 512-512 | clean | 0.0 | 6
  ce | none | none | 0.9974 | 0.0000 | 1
  mae | none | none | 0.7960 | 0.0000 | 1
  gce | none | none | 0.9932 | 0.0000 | 1
  nce + agce | none | none | 0.9930 | 0.0000 | 1
  nfl + mae | none | none | 0.9944 | 0.0000 | 1
  agce | none | none | 0.8958 | 0.0000 | 1
  bi_tempered | none | none | 0.9966 | 0.0000 | 1
predictions | digits10 | 10 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.9860 | 0.0000 | 1
  mae | none | none | 0.8940 | 0.0000 | 1
  gce | none | none | 0.9874 | 0.0000 | 1
  nce + agce | none | none | 0.9884 | 0.0000 | 1
  nfl + mae | none | none | 0.9922 | 0.0000 | 1
  agce | none | none | 0.9874 | 0.0000 | 1
  bi_tempered | none | none | 0.9910 | 0.0000 | 1
predictions | digits100 | 100 | mlp 512-512 | clean | 0.0 | 6
  ce | none | none | 0.9860 | 0.0000 | 1
  mae | none | none | 0.1496 | 0.0000 | 1
  mae | constant | none | 0.9358 | 0.0000 | 1
  gce | none | none | 0.7044 | 0.0000 | 1
  gce | constant | none | 0.9684 | 0.0000 | 1
  nce + agce | none | none | 0.3824 | 0.0000 | 1
  nce + agce | constant | none | 0.9594 | 0.0000 | 1
  nfl + mae | none | none | 0.2492 | 0.0000 | 1
  nfl + mae | constant | none | 0.9642 | 0.0000 | 1
  agce | none | none | 0.1986 | 0.0000 | 1
  agce | constant | none | 0.9528 | 0.0000 | 1
  bi_tempered | none | none | 0.9812 | 0.0000 | 1
predictions | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.9642 | 0.0000 | 1
  mae | none | none | 0.1682 | 0.0000 | 1
  mae | constant | none | 0.9504 | 0.0000 | 1
  gce | none | none | 0.8064 | 0.0000 | 1
  gce | constant | none | 0.9432 | 0.0000 | 1
  nce + agce | none | none | 0.3024 | 0.0000 | 1
  nce + agce | constant | none | 0.9348 | 0.0000 | 1
  nfl + mae | none | none | 0.1876 | 0.0000 | 1
  nfl + mae | constant | none | 0.9534 | 0.0000 | 1
  agce | none | none | 0.2180 | 0.0000 | 1
  agce | constant | none | 0.9482 | 0.0000 | 1
  bi_tempered | none | none | 0.9680 | 0.0000 | 1
predictions | digits1000 | 1000 | mlp 512-512 | clean | 0.0 | 6
  ce | none | none | 0.9474 | 0.0000 | 1
  mae | none | none | 0.0042 | 0.0000 | 1
  mae | constant | none | 0.7966 | 0.0000 | 1
  gce | none | none | 0.0068 | 0.0000 | 1
  gce | constant | none | 0.8250 | 0.0000 | 1
  nce + agce | none | none | 0.0040 | 0.0000 | 1
  nce + agce | constant | none | 0.7778 | 0.0000 | 1
  nfl + mae | none | none | 0.0040 | 0.0000 | 1
  nfl + mae | constant | none | 0.8152 | 0.0000 | 1
  agce | none | none | 0.0040 | 0.0000 | 1
  agce | constant | none | 0.7696 | 0.0000 | 1
  bi_tempered | none | none | 0.8996 | 0.0000 | 1
predictions | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.8448 | 0.0000 | 1
  mae | none | none | 0.0036 | 0.0000 | 1
  mae | constant | none | 0.7116 | 0.0000 | 1
  gce | none | none | 0.0090 | 0.0000 | 1
  gce | constant | none | 0.6860 | 0.0000 | 1
  nce + agce | none | none | 0.0032 | 0.0000 | 1
  nce + agce | constant | none | 0.6252 | 0.0000 | 1
  nfl + mae | none | none | 0.0036 | 0.0000 | 1
  nfl + mae | constant | none | 0.6946 | 0.0000 | 1
  agce | none | none | 0.0030 | 0.0000 | 1
  agce | constant | none | 0.6608 | 0.0000 | 1
  bi_tempered | none | none | 0.8018 | 0.0000 | 1
"""
