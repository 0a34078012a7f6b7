"""The rows behind `recommend`, made by `python -m experiments.pages.evidence`.

Grid, data set, classes, network, noise, noise rate, epochs; below: loss, schedule of the
bias, method, accuracy, standard deviation over seeds, seeds, training accuracy.
"""

TABLE = """\
cifar100_small | cifar100 | 100 | cnn5 | symmetric | 0.4 | 30
  ce | none | none | 0.4591 | 0.0026 | 3 | 0.3157
  mae | none | none | 0.0562 | 0.0103 | 3 | 0.0398
  mae | constant | none | 0.4602 | 0.0043 | 3 | 0.3164
  gce | none | none | 0.3164 | 0.0062 | 3 | 0.2070
  gce | constant | none | 0.4518 | 0.0025 | 3 | 0.3004
  mae | fading | none | 0.3286 | 0.0030 | 3 | 0.2199
  gce | fading | none | 0.3889 | 0.0094 | 3 | 0.2594
  nce + agce | none | none | 0.0677 | 0.0076 | 3 | 0.0459
  nce + agce | constant | none | 0.4269 | 0.0027 | 3 | 0.2777
  agce | none | none | 0.0596 | 0.0117 | 3 | 0.0409
  bi_tempered | none | none | 0.4464 | 0.0008 | 2 | 0.2992
  ce | none | elr | 0.4438 | 0.0023 | 2 | 0.2936
  ce | none | marvel_plus | 0.3147 | 0.0036 | 2 | 0.2048
cifar100_small | cifar100 | 100 | cnn5 | human:noisy | 0.4 | 30
  ce | none | none | 0.4666 | 0.0026 | 3 | 0.4331
  mae | none | none | 0.0631 | 0.0174 | 3 | 0.0715
  mae | constant | none | 0.4433 | 0.0016 | 3 | 0.4099
  gce | none | none | 0.3180 | 0.0072 | 3 | 0.3031
  gce | constant | none | 0.4370 | 0.0030 | 3 | 0.3978
  mae | fading | none | 0.3223 | 0.0083 | 3 | 0.3082
  gce | fading | none | 0.4081 | 0.0044 | 3 | 0.3731
  nce + agce | none | none | 0.0858 | 0.0000 | 1 | 0.0969
  nce + agce | constant | none | 0.4221 | 0.0042 | 2 | 0.3783
  agce | none | none | 0.0616 | 0.0103 | 2 | 0.0715
  bi_tempered | none | none | 0.4523 | 0.0000 | 1 | 0.4147
  ce | none | elr | 0.4487 | 0.0000 | 1 | 0.4073
  ce | none | marvel_plus | 0.3498 | 0.0021 | 3 | 0.3193
cifar10_mlp | cifar10 | 10 | mlp 256-256 | symmetric | 0.4 | 30
  ce | none | none | 0.3671 | 0.0027 | 3 | 0.8162
  mae | none | none | 0.4692 | 0.0094 | 3 | 0.4454
  gce | none | none | 0.4787 | 0.0026 | 3 | 0.5567
  nce + rce | none | none | 0.3842 | 0.0015 | 3 | 0.2776
  nce + 4*agce(a=6, q=1.5) | none | none | 0.3577 | 0.0066 | 3 | 0.2627
cifar10_mlp | cifar10 | 10 | mlp 256-256 | asymmetric | 0.4 | 30
  ce | none | none | 0.4741 | 0.0013 | 3 | 0.9525
  mae | none | none | 0.4035 | 0.0028 | 3 | 0.5669
  gce | none | none | 0.4736 | 0.0046 | 3 | 0.7415
  nce + rce | none | none | 0.3664 | 0.0050 | 3 | 0.4402
  nce + 4*agce(a=6, q=1.5) | none | none | 0.3628 | 0.0044 | 3 | 0.4302
cifar10_mlp | cifar10 | 10 | mlp 256-256 | human:worse | 0.4 | 30
  ce | none | none | 0.4074 | 0.0014 | 3 | 0.8654
  mae | none | none | 0.4386 | 0.0247 | 3 | 0.4678
  gce | none | none | 0.4753 | 0.0021 | 3 | 0.6324
  nce + rce | none | none | 0.3787 | 0.0060 | 3 | 0.3266
  nce + 4*agce(a=6, q=1.5) | none | none | 0.3668 | 0.0133 | 3 | 0.3192
classes | digits10 | 10 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.9886 | 0.0010 | 5 | 0.6003
  mae | none | none | 0.8714 | 0.1065 | 5 | 0.5338
  gce | none | none | 0.9905 | 0.0016 | 5 | 0.5996
  nce + agce | none | none | 0.9896 | 0.0017 | 5 | 0.5981
  bi_tempered | none | none | 0.9903 | 0.0004 | 5 | 0.6004
classes | digits32 | 32 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.5821 | 0.0111 | 5 | 0.4620
  mae | none | none | 0.0679 | 0.0099 | 5 | 0.0611
  mae | constant | none | 0.4438 | 0.0050 | 5 | 0.3810
  gce | none | none | 0.2481 | 0.0059 | 5 | 0.2111
  gce | constant | none | 0.3604 | 0.0066 | 5 | 0.3222
  nce + agce | none | none | 0.1374 | 0.0051 | 5 | 0.1198
  nce + agce | constant | none | 0.3026 | 0.0055 | 5 | 0.2789
  bi_tempered | none | none | 0.4012 | 0.0090 | 5 | 0.3420
classes | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.9619 | 0.0026 | 5 | 0.5966
  mae | none | none | 0.1700 | 0.0151 | 5 | 0.1089
  mae | constant | none | 0.9489 | 0.0052 | 5 | 0.5921
  gce | none | none | 0.7886 | 0.0161 | 5 | 0.4827
  gce | constant | none | 0.9471 | 0.0024 | 5 | 0.5912
  nce + agce | none | none | 0.2847 | 0.0287 | 5 | 0.1754
  nce + agce | constant | none | 0.9379 | 0.0038 | 5 | 0.5823
  bi_tempered | none | none | 0.9695 | 0.0019 | 5 | 0.5967
classes | digits316 | 316 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.8384 | 0.0058 | 5 | 0.5734
  mae | none | none | 0.0082 | 0.0018 | 5 | 0.0070
  mae | constant | none | 0.6992 | 0.0041 | 5 | 0.5188
  gce | none | none | 0.0274 | 0.0008 | 5 | 0.0209
  gce | constant | none | 0.5991 | 0.0037 | 5 | 0.4598
  gce(q=0.5704) | none | none | 0.1631 | 0.0077 | 5 | 0.1178
  nce + agce | none | none | 0.0048 | 0.0022 | 5 | 0.0050
  nce + agce | constant | none | 0.4244 | 0.0063 | 5 | 0.3544
  bi_tempered | none | none | 0.4538 | 0.0123 | 5 | 0.3350
classes | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.8435 | 0.0045 | 5 | 0.5826
  mae | none | none | 0.0024 | 0.0012 | 5 | 0.0020
  mae | constant | none | 0.7068 | 0.0046 | 5 | 0.5099
  gce | none | none | 0.0084 | 0.0011 | 5 | 0.0066
  gce | constant | none | 0.6832 | 0.0053 | 5 | 0.4947
  gce(q=0.4815) | none | none | 0.4052 | 0.0515 | 5 | 0.2422
  nce + agce | none | none | 0.0020 | 0.0009 | 5 | 0.0016
  nce + agce | constant | none | 0.6224 | 0.0050 | 5 | 0.4510
  bi_tempered | none | none | 0.7896 | 0.0074 | 5 | 0.5146
digits100 | digits100 | 100 | mlp 512-512 | symmetric | 0.2 | 40
  ce | none | none | 0.8911 | 0.0041 | 3 | 1.0000
  mae | none | none | 0.2111 | 0.0154 | 3 | 0.1763
  mae | constant | none | 0.9491 | 0.0048 | 3 | 0.7866
  gce | none | none | 0.7634 | 0.0078 | 3 | 0.6234
  gce | constant | none | 0.9633 | 0.0027 | 3 | 0.8024
  nce + agce | none | none | 0.9775 | 0.0027 | 3 | 0.7979
  nce + agce | constant | none | 0.9605 | 0.0021 | 3 | 0.7990
  bi_tempered | none | none | 0.9527 | 0.0054 | 3 | 0.8303
  mae | fading | none | 0.9541 | 0.0141 | 3 | 0.7770
  gce | fading | none | 0.9841 | 0.0014 | 3 | 0.8015
  gce | q rising | none | 0.7417 | 0.0283 | 3 | 0.6039
digits100 | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 40
  ce | none | none | 0.6988 | 0.0018 | 3 | 1.0000
  mae | none | none | 0.1997 | 0.0214 | 3 | 0.1332
  mae | constant | none | 0.9487 | 0.0062 | 3 | 0.6168
  gce | none | none | 0.8023 | 0.0109 | 3 | 0.4965
  gce | constant | none | 0.8993 | 0.0041 | 3 | 0.6368
  nce + agce | none | none | 0.9548 | 0.0065 | 3 | 0.5884
  nce + agce | constant | none | 0.9160 | 0.0051 | 3 | 0.6039
  bi_tempered | none | none | 0.8061 | 0.0056 | 3 | 0.7474
  mae | fading | none | 0.9610 | 0.0018 | 3 | 0.5909
  gce | fading | none | 0.9766 | 0.0016 | 3 | 0.6036
  nce + agce | fading | none | 0.9785 | 0.0010 | 3 | 0.6022
digits100 | digits100 | 100 | mlp 512-512 | symmetric | 0.6 | 40
  ce | none | none | 0.4491 | 0.0047 | 3 | 1.0000
  mae | none | none | 0.1885 | 0.0259 | 3 | 0.0973
  mae | constant | none | 0.8270 | 0.0031 | 3 | 0.4960
  gce | none | none | 0.8939 | 0.0224 | 3 | 0.3745
  gce | constant | none | 0.6519 | 0.0043 | 3 | 0.6240
  nce + agce | none | none | 0.7533 | 0.0413 | 3 | 0.3172
  nce + agce | constant | none | 0.7603 | 0.0033 | 3 | 0.4761
  bi_tempered | none | none | 0.5706 | 0.0020 | 3 | 0.6879
  mae | fading | none | 0.9695 | 0.0032 | 3 | 0.4055
  gce | fading | none | 0.9627 | 0.0025 | 3 | 0.4085
digits100 | digits100 | 100 | mlp 512-512 | symmetric | 0.8 | 40
  ce | none | none | 0.1989 | 0.0023 | 3 | 1.0000
  mae | none | none | 0.1455 | 0.0389 | 3 | 0.0598
  mae | constant | none | 0.3601 | 0.0091 | 3 | 0.5812
  gce | none | none | 0.9173 | 0.0098 | 3 | 0.2072
  gce | constant | none | 0.3131 | 0.0085 | 3 | 0.6429
  nce + agce | none | none | 0.3039 | 0.0313 | 3 | 0.0877
  nce + agce | constant | none | 0.4000 | 0.0126 | 3 | 0.4459
  bi_tempered | none | none | 0.2919 | 0.0064 | 3 | 0.6093
  mae | fading | none | 0.9058 | 0.0035 | 3 | 0.2157
  gce | fading | none | 0.8615 | 0.0060 | 3 | 0.2274
digits100 | digits100 | 100 | mlp 512-512 | pairflip | 0.4 | 40
  ce | none | none | 0.6021 | 0.0034 | 3 | 1.0000
  mae | none | none | 0.1832 | 0.0113 | 3 | 0.1815
  mae | constant | none | 0.6411 | 0.0066 | 3 | 0.9379
  gce | none | none | 0.6037 | 0.0143 | 3 | 0.6683
  gce | constant | none | 0.6747 | 0.0102 | 3 | 0.8437
  nce + agce | none | none | 0.6993 | 0.0132 | 3 | 0.5839
  nce + agce | constant | none | 0.7018 | 0.0080 | 3 | 0.7555
  bi_tempered | none | none | 0.6059 | 0.0076 | 3 | 0.9999
  mae | fading | none | 0.6412 | 0.0028 | 3 | 0.8830
  gce | fading | none | 0.6142 | 0.0052 | 3 | 0.9627
digits1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.2 | 40
  ce | none | none | 0.7942 | 0.0028 | 3 | 1.0000
  mae | none | none | 0.0109 | 0.0055 | 3 | 0.0094
  mae | constant | none | 0.7924 | 0.0056 | 3 | 0.7757
  mae | fading | none | 0.8482 | 0.0101 | 3 | 0.7459
  gce(q=0.4815) | q rising | none | 0.7334 | 0.0194 | 3 | 0.6330
digits1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 40
  ce | none | none | 0.5964 | 0.0037 | 3 | 1.0000
  mae | none | none | 0.0016 | 0.0003 | 3 | 0.0016
  mae | constant | none | 0.6777 | 0.0041 | 3 | 0.6534
  gce | none | none | 0.2641 | 0.0056 | 3 | 0.1708
  gce | constant | none | 0.5937 | 0.0039 | 3 | 0.6547
  gce(q=0.4815) | none | none | 0.8326 | 0.0101 | 3 | 0.5552
  nce + agce | none | none | 0.0025 | 0.0008 | 3 | 0.0021
  nce + agce | constant | none | 0.6011 | 0.0030 | 3 | 0.5416
  bi_tempered | none | none | 0.7287 | 0.0085 | 3 | 0.6498
  mae | fading | none | 0.8305 | 0.0035 | 3 | 0.5834
  gce | fading | none | 0.8571 | 0.0020 | 3 | 0.6174
  gce(q=0.4815) | q rising | none | 0.7241 | 0.0142 | 3 | 0.4790
digits1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.6 | 40
  ce | none | none | 0.3589 | 0.0044 | 3 | 1.0000
  mae | none | none | 0.0019 | 0.0007 | 3 | 0.0016
  mae | constant | none | 0.4519 | 0.0049 | 3 | 0.6324
  gce | none | none | 0.1072 | 0.0737 | 3 | 0.0459
  gce | constant | none | 0.3809 | 0.0038 | 3 | 0.6298
  mae | fading | none | 0.7523 | 0.0077 | 3 | 0.4153
  gce | fading | none | 0.7498 | 0.0062 | 3 | 0.4396
  gce(q=0.4815) | q rising | none | 0.6819 | 0.0066 | 3 | 0.3141
fading | digits200 | 200 | mlp 512-512 | symmetric | 0.4 | 40
  mae | constant | none | 0.8803 | 0.0013 | 3 | 0.6195
  mae | fading | none | 0.9423 | 0.0129 | 3 | 0.5937
fading | digits200 | 200 | mlp 512-512 | symmetric | 0.6 | 40
  ce | none | none | 0.3991 | 0.0064 | 3 | 1.0000
  mae | none | none | 0.1005 | 0.0034 | 3 | 0.0532
  mae | constant | none | 0.6789 | 0.0067 | 3 | 0.5361
  gce | none | none | 0.7099 | 0.0134 | 3 | 0.3098
  gce | constant | none | 0.5528 | 0.0039 | 3 | 0.5920
  mae | fading | none | 0.9283 | 0.0069 | 3 | 0.4059
fading | digits500 | 500 | mlp 512-512 | symmetric | 0.4 | 40
  ce | none | none | 0.6194 | 0.0096 | 3 | 1.0000
  mae | none | none | 0.0416 | 0.0089 | 3 | 0.0294
  mae | constant | none | 0.7712 | 0.0055 | 3 | 0.6273
  gce | none | none | 0.3801 | 0.0160 | 3 | 0.2480
  gce | constant | none | 0.6647 | 0.0076 | 3 | 0.6321
  mae | fading | none | 0.8995 | 0.0144 | 3 | 0.5870
  gce | fading | none | 0.9205 | 0.0034 | 3 | 0.6058
  gce(q=0.5312) | q rising | none | 0.8253 | 0.0181 | 3 | 0.5297
fading | digits500 | 500 | mlp 512-512 | symmetric | 0.6 | 40
  ce | none | none | 0.3734 | 0.0122 | 3 | 1.0000
  mae | none | none | 0.0192 | 0.0056 | 3 | 0.0133
  mae | constant | none | 0.5276 | 0.0032 | 3 | 0.5870
  gce | none | none | 0.4381 | 0.0086 | 3 | 0.1987
  gce | constant | none | 0.4325 | 0.0081 | 3 | 0.5817
  mae | fading | none | 0.8631 | 0.0093 | 3 | 0.4075
  gce | fading | none | 0.8597 | 0.0028 | 3 | 0.4155
  gce(q=0.5312) | q rising | none | 0.8157 | 0.0137 | 3 | 0.3648
fading_cifar100 | cifar100 | 100 | mlp 512-512 | symmetric | 0.4 | 30
  ce | none | none | 0.1528 | 0.0014 | 3 | 0.9064
  mae | none | none | 0.0811 | 0.0060 | 3 | 0.0816
  mae | constant | none | 0.2227 | 0.0024 | 3 | 0.5929
  gce | none | none | 0.2240 | 0.0028 | 3 | 0.2882
  mae | fading | none | 0.2273 | 0.0037 | 3 | 0.3185
fading_cifar100 | cifar100 | 100 | mlp 512-512 | human:noisy | 0.4 | 30
  ce | none | none | 0.1953 | 0.0032 | 3 | 0.9586
  mae | none | none | 0.0672 | 0.0132 | 3 | 0.0980
  mae | constant | none | 0.2213 | 0.0040 | 3 | 0.7073
  gce | none | none | 0.2069 | 0.0017 | 3 | 0.3650
  gce | constant | none | 0.2225 | 0.0016 | 3 | 0.6742
  mae | fading | none | 0.2127 | 0.0045 | 3 | 0.4006
  gce | fading | none | 0.2338 | 0.0025 | 3 | 0.4805
  gce | q rising | none | 0.1927 | 0.0062 | 3 | 0.3074
fading_cifar100 | cifar100 | 100 | mlp 512-512 | symmetric | 0.6 | 30
  ce | none | none | 0.1033 | 0.0006 | 3 | 0.8448
  mae | constant | none | 0.1666 | 0.0019 | 3 | 0.5193
  mae | fading | none | 0.2009 | 0.0041 | 3 | 0.2272
fading_cifar100 | cifar100 | 100 | mlp 512-512 | asymmetric:cifar100_superclass | 0.4 | 30
  mae | constant | none | 0.1755 | 0.0046 | 3 | 0.7504
  gce | none | none | 0.1804 | 0.0022 | 3 | 0.3606
  gce | constant | none | 0.1775 | 0.0026 | 3 | 0.6852
  mae | fading | none | 0.1794 | 0.0047 | 3 | 0.4017
  gce | fading | none | 0.1807 | 0.0022 | 3 | 0.4850
  gce | q rising | none | 0.1735 | 0.0035 | 3 | 0.3001
fading_pairflip | digits100 | 100 | mlp 512-512 | pairflip | 0.4 | 40
  mae | none | none | 0.1717 | 0.0055 | 3 | 0.1716
  mae | constant | none | 0.6415 | 0.0072 | 3 | 0.9392
meta_bias | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 20
  mae | constant | none | 0.6747 | 0.0020 | 3 | 0.5689
  mae | none | meta | 0.8609 | 0.0075 | 3 | 0.5553
methods | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 40
  ce | none | none | 0.6961 | 0.0061 | 3 | 1.0000
  ce | none | sr | 0.9650 | 0.0056 | 3 | 0.6231
  ce | none | elr | 0.8768 | 0.0009 | 3 | 0.7763
  ce | none | car | 0.9824 | 0.0026 | 3 | 0.6090
  ce | none | marvel | 0.9820 | 0.0002 | 3 | 0.6006
  ce | none | marvel_plus | 0.9833 | 0.0013 | 3 | 0.5999
  gce | none | none | 0.8023 | 0.0108 | 3 | 0.4968
  gce | none | meta | 0.9749 | 0.0012 | 3 | 0.6064
  mae | none | none | 0.1997 | 0.0214 | 3 | 0.1332
  mae | constant | none | 0.9473 | 0.0077 | 3 | 0.6165
  mae | none | meta | 0.7817 | 0.0588 | 3 | 0.4766
methods | digits100 | 100 | mlp 512-512 | pairflip | 0.4 | 40
  ce | none | none | 0.6053 | 0.0120 | 3 | 1.0000
  ce | none | sr | 0.5431 | 0.0036 | 3 | 0.9472
  ce | none | elr | 0.9167 | 0.0102 | 3 | 0.6795
  ce | none | car | 0.6581 | 0.0028 | 3 | 0.9386
  ce | none | marvel | 0.7448 | 0.0028 | 3 | 0.8229
  ce | none | marvel_plus | 0.8542 | 0.0085 | 3 | 0.7265
  gce | none | none | 0.6068 | 0.0156 | 3 | 0.6660
  gce | none | meta | 0.6023 | 0.0089 | 3 | 1.0000
  mae | none | none | 0.1832 | 0.0113 | 3 | 0.1815
  mae | constant | none | 0.6426 | 0.0077 | 3 | 0.9379
  mae | none | meta | 0.5651 | 0.0197 | 3 | 0.8219
methods_cifar10 | cifar10 | 10 | mlp 256-256 | symmetric | 0.4 | 30
  ce | none | none | 0.3671 | 0.0027 | 3 | 0.8162
  ce | none | sr | 0.4463 | 0.0037 | 3 | 0.7121
  ce | none | elr | 0.4732 | 0.0029 | 3 | 0.6104
  ce | none | car | 0.4693 | 0.0022 | 3 | 0.6933
  ce | none | marvel | 0.4950 | 0.0033 | 3 | 0.4632
  ce | none | marvel_plus | 0.4996 | 0.0043 | 3 | 0.4491
  gce | none | none | 0.4787 | 0.0026 | 3 | 0.5567
  gce | none | meta | 0.4138 | 0.0095 | 3 | 0.7398
  mae | none | none | 0.4692 | 0.0094 | 3 | 0.4454
  mae | none | meta | 0.4616 | 0.0023 | 3 | 0.6568
methods_cifar10 | cifar10 | 10 | mlp 256-256 | asymmetric | 0.4 | 30
  ce | none | none | 0.4741 | 0.0013 | 3 | 0.9525
  ce | none | sr | 0.4623 | 0.0018 | 3 | 0.8577
  ce | none | elr | 0.4890 | 0.0027 | 3 | 0.7925
  ce | none | car | 0.4978 | 0.0028 | 3 | 0.8740
  ce | none | marvel | 0.4930 | 0.0026 | 3 | 0.6857
  ce | none | marvel_plus | 0.4935 | 0.0050 | 3 | 0.6651
  gce | none | none | 0.4736 | 0.0046 | 3 | 0.7415
  gce | none | meta | 0.4712 | 0.0031 | 3 | 0.9543
  mae | none | none | 0.4035 | 0.0028 | 3 | 0.5669
  mae | none | meta | 0.4780 | 0.0003 | 3 | 0.8664
methods_cifar10 | cifar10 | 10 | mlp 256-256 | human:worse | 0.4 | 30
  ce | none | none | 0.4074 | 0.0014 | 3 | 0.8654
  ce | none | sr | 0.4524 | 0.0026 | 3 | 0.7606
  ce | none | elr | 0.4795 | 0.0021 | 3 | 0.6678
  ce | none | car | 0.4750 | 0.0026 | 3 | 0.7586
  ce | none | marvel | 0.4953 | 0.0029 | 3 | 0.5398
  ce | none | marvel_plus | 0.4977 | 0.0019 | 3 | 0.5227
  gce | none | none | 0.4753 | 0.0021 | 3 | 0.6324
  gce | none | meta | 0.4241 | 0.0052 | 3 | 0.8457
  mae | none | none | 0.4386 | 0.0247 | 3 | 0.4678
  mae | none | meta | 0.4701 | 0.0058 | 3 | 0.7286
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.1 | 40
  mae | constant | none | 0.9522 | 0.0069 | 3 | 0.8782
  mae | fading | none | 0.9448 | 0.0109 | 3 | 0.8642
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.2 | 40
  mae | constant | none | 0.9496 | 0.0044 | 3 | 0.7867
  mae | fading | none | 0.9473 | 0.0086 | 3 | 0.7718
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.3 | 40
  mae | constant | none | 0.9437 | 0.0008 | 3 | 0.6959
  mae | fading | none | 0.9525 | 0.0082 | 3 | 0.6809
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 40
  mae | constant | none | 0.9475 | 0.0059 | 3 | 0.6167
  mae | fading | none | 0.9609 | 0.0018 | 3 | 0.5910
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.5 | 40
  mae | constant | none | 0.9199 | 0.0048 | 3 | 0.5390
  mae | fading | none | 0.9655 | 0.0011 | 3 | 0.4991
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.6 | 40
  mae | constant | none | 0.8288 | 0.0020 | 3 | 0.4952
  mae | fading | none | 0.9705 | 0.0039 | 3 | 0.4053
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.8 | 40
  mae | constant | none | 0.3609 | 0.0101 | 3 | 0.5813
  mae | fading | none | 0.9075 | 0.0083 | 3 | 0.2154
rates1000 | digits1000 | 1000 | mlp 512-512 | clean | 0.0 | 40
  mae | constant | none | 0.8342 | 0.0057 | 3 | 0.9205
  mae | fading | none | 0.8367 | 0.0085 | 3 | 0.8940
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.02 | 40
  mae | constant | none | 0.8347 | 0.0121 | 3 | 0.9095
  mae | fading | none | 0.8387 | 0.0076 | 3 | 0.8797
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.05 | 40
  mae | constant | none | 0.8321 | 0.0136 | 3 | 0.8848
  mae | fading | none | 0.8400 | 0.0123 | 3 | 0.8582
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.1 | 40
  mae | constant | none | 0.8276 | 0.0122 | 3 | 0.8520
  mae | fading | none | 0.8463 | 0.0098 | 3 | 0.8208
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.2 | 40
  mae | constant | none | 0.7924 | 0.0056 | 3 | 0.7757
  mae | fading | none | 0.8482 | 0.0101 | 3 | 0.7459
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 40
  mae | constant | none | 0.6777 | 0.0041 | 3 | 0.6534
  mae | fading | none | 0.8305 | 0.0035 | 3 | 0.5834
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.6 | 40
  mae | constant | none | 0.4519 | 0.0049 | 3 | 0.6324
  mae | fading | none | 0.7523 | 0.0077 | 3 | 0.4153
demo | digits10 | 10 | mlp 256-256 | symmetric | 0.6 | 16
  ce | none | none | 0.8604 | 0.0000 | 1 | none
  mae | none | none | 0.8906 | 0.0000 | 1 | none
demo | digits100 | 100 | mlp 256-256 | symmetric | 0.6 | 16
  ce | none | none | 0.8524 | 0.0000 | 1 | none
  mae | none | none | 0.1658 | 0.0000 | 1 | none
  mae | constant | none | 0.9160 | 0.0000 | 1 | none
  mae | fading | none | 0.9350 | 0.0000 | 1 | none
demo | digits1000 | 1000 | mlp 256-256 | symmetric | 0.6 | 16
  ce | none | none | 0.5226 | 0.0000 | 1 | none
  mae | none | none | 0.0038 | 0.0000 | 1 | none
  mae | constant | none | 0.5294 | 0.0000 | 1 | none
  mae | fading | none | 0.5954 | 0.0000 | 1 | none
predictions | digits10 | 10 | mlp 512-512 | clean | 0.0 | 6
  ce | none | none | 0.9974 | 0.0000 | 1 | none
  mae | none | none | 0.7960 | 0.0000 | 1 | none
  gce | none | none | 0.9932 | 0.0000 | 1 | none
  nce + agce | none | none | 0.9930 | 0.0000 | 1 | none
  nfl + mae | none | none | 0.9944 | 0.0000 | 1 | none
  agce | none | none | 0.8958 | 0.0000 | 1 | none
  bi_tempered | none | none | 0.9966 | 0.0000 | 1 | none
predictions | digits10 | 10 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.9860 | 0.0000 | 1 | none
  mae | none | none | 0.8940 | 0.0000 | 1 | none
  gce | none | none | 0.9874 | 0.0000 | 1 | none
  nce + agce | none | none | 0.9884 | 0.0000 | 1 | none
  nfl + mae | none | none | 0.9922 | 0.0000 | 1 | none
  agce | none | none | 0.9874 | 0.0000 | 1 | none
  bi_tempered | none | none | 0.9910 | 0.0000 | 1 | none
predictions | digits100 | 100 | mlp 512-512 | clean | 0.0 | 6
  ce | none | none | 0.9860 | 0.0000 | 1 | none
  mae | none | none | 0.1496 | 0.0000 | 1 | none
  mae | constant | none | 0.9358 | 0.0000 | 1 | none
  gce | none | none | 0.7044 | 0.0000 | 1 | none
  gce | constant | none | 0.9684 | 0.0000 | 1 | none
  nce + agce | none | none | 0.3824 | 0.0000 | 1 | none
  nce + agce | constant | none | 0.9594 | 0.0000 | 1 | none
  nfl + mae | none | none | 0.2492 | 0.0000 | 1 | none
  nfl + mae | constant | none | 0.9642 | 0.0000 | 1 | none
  agce | none | none | 0.1986 | 0.0000 | 1 | none
  agce | constant | none | 0.9528 | 0.0000 | 1 | none
  bi_tempered | none | none | 0.9812 | 0.0000 | 1 | none
predictions | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.9642 | 0.0000 | 1 | none
  mae | none | none | 0.1682 | 0.0000 | 1 | none
  mae | constant | none | 0.9504 | 0.0000 | 1 | none
  gce | none | none | 0.8064 | 0.0000 | 1 | none
  gce | constant | none | 0.9432 | 0.0000 | 1 | none
  nce + agce | none | none | 0.3024 | 0.0000 | 1 | none
  nce + agce | constant | none | 0.9348 | 0.0000 | 1 | none
  nfl + mae | none | none | 0.1876 | 0.0000 | 1 | none
  nfl + mae | constant | none | 0.9534 | 0.0000 | 1 | none
  agce | none | none | 0.2180 | 0.0000 | 1 | none
  agce | constant | none | 0.9482 | 0.0000 | 1 | none
  bi_tempered | none | none | 0.9680 | 0.0000 | 1 | none
predictions | digits1000 | 1000 | mlp 512-512 | clean | 0.0 | 6
  ce | none | none | 0.9474 | 0.0000 | 1 | none
  mae | none | none | 0.0042 | 0.0000 | 1 | none
  mae | constant | none | 0.7966 | 0.0000 | 1 | none
  gce | none | none | 0.0068 | 0.0000 | 1 | none
  gce | constant | none | 0.8250 | 0.0000 | 1 | none
  nce + agce | none | none | 0.0040 | 0.0000 | 1 | none
  nce + agce | constant | none | 0.7778 | 0.0000 | 1 | none
  nfl + mae | none | none | 0.0040 | 0.0000 | 1 | none
  nfl + mae | constant | none | 0.8152 | 0.0000 | 1 | none
  agce | none | none | 0.0040 | 0.0000 | 1 | none
  agce | constant | none | 0.7696 | 0.0000 | 1 | none
  bi_tempered | none | none | 0.8996 | 0.0000 | 1 | none
predictions | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.8448 | 0.0000 | 1 | none
  mae | none | none | 0.0036 | 0.0000 | 1 | none
  mae | constant | none | 0.7116 | 0.0000 | 1 | none
  gce | none | none | 0.0090 | 0.0000 | 1 | none
  gce | constant | none | 0.6860 | 0.0000 | 1 | none
  nce + agce | none | none | 0.0032 | 0.0000 | 1 | none
  nce + agce | constant | none | 0.6252 | 0.0000 | 1 | none
  nfl + mae | none | none | 0.0036 | 0.0000 | 1 | none
  nfl + mae | constant | none | 0.6946 | 0.0000 | 1 | none
  agce | none | none | 0.0030 | 0.0000 | 1 | none
  agce | constant | none | 0.6608 | 0.0000 | 1 | none
  bi_tempered | none | none | 0.8018 | 0.0000 | 1 | none
"""
