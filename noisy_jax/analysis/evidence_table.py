"""The rows behind `recommend`, made by `python -m experiments.pages.evidence`.

Grid, data set, classes, network, noise, noise rate, epochs; below: loss, schedule of the
bias, method, accuracy, standard deviation over seeds, seeds, training accuracy.
"""

TABLE = """\
cifar100_small | cifar100 | 100 | cnn5 | symmetric | 0.4 | 30
  ce | none | none | 0.4591 | 0.00259422 | 3 | 0.3157
  mae | none | none | 0.0561667 | 0.0103375 | 3 | 0.0398
  mae | constant | none | 0.460233 | 0.00430155 | 3 | 0.3164
  gce | none | none | 0.3164 | 0.00621932 | 3 | 0.2070
  gce | constant | none | 0.451833 | 0.0025482 | 3 | 0.3004
  mae | fading | none | 0.328633 | 0.00300056 | 3 | 0.2199
  gce | fading | none | 0.3889 | 0.0094016 | 3 | 0.2594
  nce + agce | none | none | 0.0677 | 0.00761512 | 3 | 0.0459
  nce + agce | constant | none | 0.426933 | 0.00268576 | 3 | 0.2777
  agce | none | none | 0.0595667 | 0.0116586 | 3 | 0.0409
  bi_tempered | none | none | 0.4464 | 0.000848528 | 2 | 0.2992
  ce | none | elr | 0.44385 | 0.00233345 | 2 | 0.2936
  ce | none | marvel_plus | 0.31475 | 0.00360624 | 2 | 0.2048
cifar100_small | cifar100 | 100 | cnn5 | human:noisy | 0.4 | 30
  ce | none | none | 0.466567 | 0.0025697 | 3 | 0.4331
  mae | none | none | 0.0630667 | 0.0174093 | 3 | 0.0715
  mae | constant | none | 0.4433 | 0.00160935 | 3 | 0.4099
  gce | none | none | 0.318033 | 0.00716682 | 3 | 0.3031
  gce | constant | none | 0.436967 | 0.00300721 | 3 | 0.3978
  mae | fading | none | 0.322267 | 0.00826579 | 3 | 0.3082
  gce | fading | none | 0.408133 | 0.00438216 | 3 | 0.3731
  nce + agce | none | none | 0.0858 | 0 | 1 | 0.0969
  nce + agce | constant | none | 0.4221 | 0.00424264 | 2 | 0.3783
  agce | none | none | 0.0616 | 0.0103238 | 2 | 0.0715
  bi_tempered | none | none | 0.4523 | 0 | 1 | 0.4147
  ce | none | elr | 0.4487 | 0 | 1 | 0.4073
  ce | none | marvel_plus | 0.3498 | 0.00209523 | 3 | 0.3193
cifar10_mlp | cifar10 | 10 | mlp 256-256 | symmetric | 0.4 | 30
  ce | none | none | 0.367067 | 0.00267644 | 3 | 0.8162
  mae | none | none | 0.4692 | 0.00942709 | 3 | 0.4454
  gce | none | none | 0.4787 | 0.0026 | 3 | 0.5567
  nce + rce | none | none | 0.384233 | 0.00150111 | 3 | 0.2776
  nce + 4*agce(a=6, q=1.5) | none | none | 0.357733 | 0.00655006 | 3 | 0.2627
cifar10_mlp | cifar10 | 10 | mlp 256-256 | asymmetric | 0.4 | 30
  ce | none | none | 0.4741 | 0.00130767 | 3 | 0.9525
  mae | none | none | 0.4035 | 0.00280535 | 3 | 0.5669
  gce | none | none | 0.473633 | 0.00464579 | 3 | 0.7415
  nce + rce | none | none | 0.366367 | 0.00498631 | 3 | 0.4402
  nce + 4*agce(a=6, q=1.5) | none | none | 0.3628 | 0.00440341 | 3 | 0.4302
cifar10_mlp | cifar10 | 10 | mlp 256-256 | human:worse | 0.4 | 30
  ce | none | none | 0.4074 | 0.00141067 | 3 | 0.8654
  mae | none | none | 0.4386 | 0.0247437 | 3 | 0.4678
  gce | none | none | 0.475333 | 0.00205994 | 3 | 0.6324
  nce + rce | none | none | 0.378733 | 0.00603517 | 3 | 0.3266
  nce + 4*agce(a=6, q=1.5) | none | none | 0.366767 | 0.0133452 | 3 | 0.3192
classes | digits10 | 10 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.9886 | 0.000969536 | 5 | 0.6003
  mae | none | none | 0.8714 | 0.106501 | 5 | 0.5338
  gce | none | none | 0.99048 | 0.00155949 | 5 | 0.5996
  nce + agce | none | none | 0.98964 | 0.00166973 | 5 | 0.5981
  bi_tempered | none | none | 0.99028 | 0.000363318 | 5 | 0.6004
classes | digits32 | 32 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.58208 | 0.0110676 | 5 | 0.4620
  mae | none | none | 0.06788 | 0.00988494 | 5 | 0.0611
  mae | constant | none | 0.44384 | 0.00503468 | 5 | 0.3810
  gce | none | none | 0.24808 | 0.00589339 | 5 | 0.2111
  gce | constant | none | 0.36036 | 0.00656567 | 5 | 0.3222
  nce + agce | none | none | 0.13736 | 0.00508409 | 5 | 0.1198
  nce + agce | constant | none | 0.3026 | 0.00549181 | 5 | 0.2789
  bi_tempered | none | none | 0.4012 | 0.00904102 | 5 | 0.3420
classes | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.96188 | 0.00263287 | 5 | 0.5966
  mae | none | none | 0.17 | 0.0150791 | 5 | 0.1089
  mae | constant | none | 0.94892 | 0.00515092 | 5 | 0.5921
  gce | none | none | 0.78856 | 0.0160968 | 5 | 0.4827
  gce | constant | none | 0.94708 | 0.00238579 | 5 | 0.5912
  nce + agce | none | none | 0.28468 | 0.0287369 | 5 | 0.1754
  nce + agce | constant | none | 0.93792 | 0.00379104 | 5 | 0.5823
  bi_tempered | none | none | 0.96948 | 0.00187403 | 5 | 0.5967
classes | digits316 | 316 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.83836 | 0.00580069 | 5 | 0.5734
  mae | none | none | 0.00816 | 0.0017855 | 5 | 0.0070
  mae | constant | none | 0.69916 | 0.00406546 | 5 | 0.5188
  gce | none | none | 0.02744 | 0.000766812 | 5 | 0.0209
  gce | constant | none | 0.59908 | 0.00370567 | 5 | 0.4598
  gce(q=0.5704) | none | none | 0.16312 | 0.00765846 | 5 | 0.1178
  nce + agce | none | none | 0.00484 | 0.00215128 | 5 | 0.0050
  nce + agce | constant | none | 0.42436 | 0.00625044 | 5 | 0.3544
  bi_tempered | none | none | 0.4538 | 0.0122955 | 5 | 0.3350
classes | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.84352 | 0.00451354 | 5 | 0.5826
  mae | none | none | 0.00244 | 0.00115239 | 5 | 0.0020
  mae | constant | none | 0.70684 | 0.004555 | 5 | 0.5099
  gce | none | none | 0.0084 | 0.00111355 | 5 | 0.0066
  gce | constant | none | 0.68324 | 0.00532804 | 5 | 0.4947
  gce(q=0.4815) | none | none | 0.4052 | 0.0514684 | 5 | 0.2422
  nce + agce | none | none | 0.00204 | 0.000909945 | 5 | 0.0016
  nce + agce | constant | none | 0.6224 | 0.00499199 | 5 | 0.4510
  bi_tempered | none | none | 0.78964 | 0.0073816 | 5 | 0.5146
digits100 | digits100 | 100 | mlp 512-512 | symmetric | 0.2 | 40
  ce | none | none | 0.891133 | 0.00412957 | 3 | 1.0000
  mae | none | none | 0.211067 | 0.0154484 | 3 | 0.1763
  mae | constant | none | 0.949133 | 0.00475955 | 3 | 0.7866
  gce | none | none | 0.7634 | 0.0078 | 3 | 0.6234
  gce | constant | none | 0.963267 | 0.00273008 | 3 | 0.8024
  nce + agce | none | none | 0.977467 | 0.00272274 | 3 | 0.7979
  nce + agce | constant | none | 0.960533 | 0.00205264 | 3 | 0.7990
  bi_tempered | none | none | 0.952733 | 0.00542709 | 3 | 0.8303
  mae | fading | none | 0.954133 | 0.01412 | 3 | 0.7770
  gce | fading | none | 0.984067 | 0.00144684 | 3 | 0.8015
  gce | q rising | none | 0.741733 | 0.028334 | 3 | 0.6039
  nce + agce | fading | none | 0.983467 | 0.00162891 | 3 | 0.8009
digits100 | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 40
  ce | none | none | 0.6988 | 0.00183303 | 3 | 1.0000
  mae | none | none | 0.199667 | 0.0214143 | 3 | 0.1332
  mae | constant | none | 0.948667 | 0.00621718 | 3 | 0.6168
  gce | none | none | 0.802267 | 0.0108744 | 3 | 0.4965
  gce | constant | none | 0.899267 | 0.00408085 | 3 | 0.6368
  nce + agce | none | none | 0.9548 | 0.00650231 | 3 | 0.5884
  nce + agce | constant | none | 0.916 | 0.00514198 | 3 | 0.6039
  bi_tempered | none | none | 0.806133 | 0.00560119 | 3 | 0.7474
  mae | fading | none | 0.961 | 0.00177764 | 3 | 0.5909
  gce | fading | none | 0.9766 | 0.00156205 | 3 | 0.6036
  gce | q rising | none | 0.7852 | 0.0262777 | 3 | 0.4840
  nce + agce | fading | none | 0.978467 | 0.00100664 | 3 | 0.6022
digits100 | digits100 | 100 | mlp 512-512 | symmetric | 0.6 | 40
  ce | none | none | 0.449133 | 0.00471734 | 3 | 1.0000
  mae | none | none | 0.188467 | 0.0259325 | 3 | 0.0973
  mae | constant | none | 0.827 | 0.00314325 | 3 | 0.4960
  gce | none | none | 0.893933 | 0.0224092 | 3 | 0.3745
  gce | constant | none | 0.651933 | 0.00430039 | 3 | 0.6240
  nce + agce | none | none | 0.753267 | 0.0413068 | 3 | 0.3172
  nce + agce | constant | none | 0.760267 | 0.00330051 | 3 | 0.4761
  bi_tempered | none | none | 0.5706 | 0.00202978 | 3 | 0.6879
  mae | fading | none | 0.969533 | 0.00318957 | 3 | 0.4055
  gce | fading | none | 0.962667 | 0.00251661 | 3 | 0.4085
  gce | q rising | none | 0.875267 | 0.0210915 | 3 | 0.3658
  nce + agce | fading | none | 0.9666 | 0.0028 | 3 | 0.4045
digits100 | digits100 | 100 | mlp 512-512 | symmetric | 0.8 | 40
  ce | none | none | 0.198933 | 0.00231805 | 3 | 1.0000
  mae | none | none | 0.145533 | 0.0388712 | 3 | 0.0598
  mae | constant | none | 0.360067 | 0.0091309 | 3 | 0.5812
  gce | none | none | 0.917267 | 0.0098068 | 3 | 0.2072
  gce | constant | none | 0.313133 | 0.00845064 | 3 | 0.6429
  nce + agce | none | none | 0.303867 | 0.0312547 | 3 | 0.0877
  nce + agce | constant | none | 0.4 | 0.0125968 | 3 | 0.4459
  bi_tempered | none | none | 0.291867 | 0.00641665 | 3 | 0.6093
  mae | fading | none | 0.9058 | 0.00353836 | 3 | 0.2157
  gce | fading | none | 0.861467 | 0.00604759 | 3 | 0.2274
  gce | q rising | none | 0.924467 | 0.0144116 | 3 | 0.2033
  nce + agce | fading | none | 0.910667 | 0.00160416 | 3 | 0.2121
digits100 | digits100 | 100 | mlp 512-512 | pairflip | 0.4 | 40
  ce | none | none | 0.602067 | 0.00337244 | 3 | 1.0000
  mae | none | none | 0.1832 | 0.0113013 | 3 | 0.1815
  mae | constant | none | 0.641067 | 0.00657673 | 3 | 0.9379
  gce | none | none | 0.603667 | 0.0143392 | 3 | 0.6683
  gce | constant | none | 0.674733 | 0.0102496 | 3 | 0.8437
  nce + agce | none | none | 0.699333 | 0.0131671 | 3 | 0.5839
  nce + agce | constant | none | 0.7018 | 0.00798999 | 3 | 0.7555
  bi_tempered | none | none | 0.605933 | 0.00756924 | 3 | 0.9999
  mae | fading | none | 0.6412 | 0.00277849 | 3 | 0.8830
  gce | fading | none | 0.6142 | 0.0052 | 3 | 0.9627
  gce | q rising | none | 0.632067 | 0.0230072 | 3 | 0.6245
  nce + agce | fading | none | 0.645933 | 0.00919203 | 3 | 0.8982
digits1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.2 | 40
  ce | none | none | 0.7942 | 0.00277849 | 3 | 1.0000
  mae | none | none | 0.0109333 | 0.00547844 | 3 | 0.0094
  mae | constant | none | 0.7924 | 0.0056107 | 3 | 0.7757
  gce | none | none | 0.236933 | 0.00311341 | 3 | 0.1986
  gce | constant | none | 0.745333 | 0.00488399 | 3 | 0.7583
  mae | fading | none | 0.8482 | 0.0101173 | 3 | 0.7459
  gce | fading | none | 0.9002 | 0.0032187 | 3 | 0.8043
  gce(q=0.4815) | q rising | none | 0.7334 | 0.0193525 | 3 | 0.6330
digits1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 40
  ce | none | none | 0.5964 | 0.00370405 | 3 | 1.0000
  mae | none | none | 0.0016 | 0.00034641 | 3 | 0.0016
  mae | constant | none | 0.677667 | 0.00410041 | 3 | 0.6534
  gce | none | none | 0.264067 | 0.00559404 | 3 | 0.1708
  gce | constant | none | 0.593733 | 0.00385919 | 3 | 0.6547
  gce(q=0.4815) | none | none | 0.8326 | 0.0100539 | 3 | 0.5552
  nce + agce | none | none | 0.00246667 | 0.000757188 | 3 | 0.0021
  nce + agce | constant | none | 0.601067 | 0.00299555 | 3 | 0.5416
  bi_tempered | none | none | 0.728733 | 0.008519 | 3 | 0.6498
  mae | fading | none | 0.830533 | 0.00349476 | 3 | 0.5834
  gce | fading | none | 0.857133 | 0.00200333 | 3 | 0.6174
  gce(q=0.4815) | q rising | none | 0.724067 | 0.0141878 | 3 | 0.4790
digits1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.6 | 40
  ce | none | none | 0.358933 | 0.00442869 | 3 | 1.0000
  mae | none | none | 0.00193333 | 0.000702377 | 3 | 0.0016
  mae | constant | none | 0.451867 | 0.00488399 | 3 | 0.6324
  gce | none | none | 0.1072 | 0.0736945 | 3 | 0.0459
  gce | constant | none | 0.380933 | 0.00382797 | 3 | 0.6298
  mae | fading | none | 0.752333 | 0.00768722 | 3 | 0.4153
  gce | fading | none | 0.7498 | 0.00621932 | 3 | 0.4396
  gce(q=0.4815) | q rising | none | 0.681933 | 0.00660101 | 3 | 0.3141
fading | digits200 | 200 | mlp 512-512 | symmetric | 0.4 | 40
  ce | none | none | 0.658 | 0.00883855 | 3 | 1.0000
  mae | none | none | 0.112733 | 0.00837695 | 3 | 0.0757
  mae | constant | none | 0.880333 | 0.00130128 | 3 | 0.6195
  gce | none | none | 0.622667 | 0.0353068 | 3 | 0.3951
  gce | constant | none | 0.801533 | 0.00438786 | 3 | 0.6365
  mae | fading | none | 0.942267 | 0.0128535 | 3 | 0.5937
  gce | fading | none | 0.950733 | 0.00250067 | 3 | 0.6040
  gce(q=0.6156) | q rising | none | 0.8328 | 0.0116258 | 3 | 0.5234
fading | digits200 | 200 | mlp 512-512 | symmetric | 0.6 | 40
  ce | none | none | 0.399133 | 0.00635715 | 3 | 1.0000
  mae | none | none | 0.100467 | 0.00344287 | 3 | 0.0532
  mae | constant | none | 0.678933 | 0.00672111 | 3 | 0.5361
  gce | none | none | 0.709867 | 0.0134422 | 3 | 0.3098
  gce | constant | none | 0.5528 | 0.00393446 | 3 | 0.5920
  mae | fading | none | 0.928333 | 0.00687701 | 3 | 0.4059
  gce | fading | none | 0.920867 | 0.00090185 | 3 | 0.4086
  gce(q=0.6156) | q rising | none | 0.890267 | 0.0152346 | 3 | 0.3820
fading | digits500 | 500 | mlp 512-512 | symmetric | 0.4 | 40
  ce | none | none | 0.6194 | 0.00962705 | 3 | 1.0000
  mae | none | none | 0.0416 | 0.00888819 | 3 | 0.0294
  mae | constant | none | 0.7712 | 0.00552449 | 3 | 0.6273
  gce | none | none | 0.380133 | 0.0159879 | 3 | 0.2480
  gce | constant | none | 0.664667 | 0.00759561 | 3 | 0.6321
  mae | fading | none | 0.899467 | 0.0144282 | 3 | 0.5870
  gce | fading | none | 0.920533 | 0.00341955 | 3 | 0.6058
  gce(q=0.5312) | q rising | none | 0.825333 | 0.0180935 | 3 | 0.5297
fading | digits500 | 500 | mlp 512-512 | symmetric | 0.6 | 40
  ce | none | none | 0.3734 | 0.0121787 | 3 | 1.0000
  mae | none | none | 0.0192 | 0.00557494 | 3 | 0.0133
  mae | constant | none | 0.5276 | 0.0032187 | 3 | 0.5870
  gce | none | none | 0.438133 | 0.00857982 | 3 | 0.1987
  gce | constant | none | 0.432467 | 0.00807548 | 3 | 0.5817
  mae | fading | none | 0.863067 | 0.00929803 | 3 | 0.4075
  gce | fading | none | 0.859667 | 0.00284488 | 3 | 0.4155
  gce(q=0.5312) | q rising | none | 0.815733 | 0.0136621 | 3 | 0.3648
fading_cifar100 | cifar100 | 100 | mlp 512-512 | symmetric | 0.4 | 30
  ce | none | none | 0.152767 | 0.00140475 | 3 | 0.9064
  mae | none | none | 0.0811 | 0.00596574 | 3 | 0.0816
  mae | constant | none | 0.222733 | 0.00240901 | 3 | 0.5929
  gce | none | none | 0.224 | 0.00280535 | 3 | 0.2882
  gce | constant | none | 0.2128 | 0.00104403 | 3 | 0.5656
  mae | fading | none | 0.227333 | 0.0037072 | 3 | 0.3185
fading_cifar100 | cifar100 | 100 | mlp 512-512 | human:noisy | 0.4 | 30
  ce | none | none | 0.1953 | 0.00317648 | 3 | 0.9586
  mae | none | none | 0.0671667 | 0.0131645 | 3 | 0.0980
  mae | constant | none | 0.221333 | 0.00397157 | 3 | 0.7073
  gce | none | none | 0.206867 | 0.00168622 | 3 | 0.3650
  gce | constant | none | 0.2225 | 0.0016 | 3 | 0.6742
  mae | fading | none | 0.212667 | 0.00447474 | 3 | 0.4006
  gce | fading | none | 0.233833 | 0.00251462 | 3 | 0.4805
  gce | q rising | none | 0.1927 | 0.0062482 | 3 | 0.3074
fading_cifar100 | cifar100 | 100 | mlp 512-512 | symmetric | 0.6 | 30
  ce | none | none | 0.1033 | 0.000556776 | 3 | 0.8448
  mae | none | none | 0.0769333 | 0.00355012 | 3 | 0.0648
  mae | constant | none | 0.166633 | 0.00190351 | 3 | 0.5193
  gce | none | none | 0.2001 | 0.00145258 | 3 | 0.2030
  gce | constant | none | 0.150167 | 0.000152753 | 3 | 0.4916
  mae | fading | none | 0.2009 | 0.00410731 | 3 | 0.2272
  gce | fading | none | 0.207033 | 0.00102144 | 3 | 0.2663
fading_cifar100 | cifar100 | 100 | mlp 512-512 | asymmetric:cifar100_superclass | 0.4 | 30
  ce | none | none | 0.158867 | 0.00130512 | 3 | 0.9698
  mae | none | none | 0.0688333 | 0.0103002 | 3 | 0.0989
  mae | constant | none | 0.175533 | 0.00459601 | 3 | 0.7504
  gce | none | none | 0.180433 | 0.00215484 | 3 | 0.3606
  gce | constant | none | 0.1775 | 0.00262869 | 3 | 0.6852
  mae | fading | none | 0.1794 | 0.0047085 | 3 | 0.4017
  gce | fading | none | 0.1807 | 0.00217025 | 3 | 0.4850
  gce | q rising | none | 0.173533 | 0.00346747 | 3 | 0.3001
fading_pairflip | digits100 | 100 | mlp 512-512 | pairflip | 0.4 | 40
  mae | none | none | 0.171667 | 0.00552208 | 3 | 0.1716
  mae | constant | none | 0.641467 | 0.00724523 | 3 | 0.9392
  mae | fading | none | 0.6412 | 0.00277849 | 3 | 0.8830
  mae | none | elr | 0.01 | 0 | 3 | 0.0100
  mae | constant | elr | 0.529467 | 0.081221 | 3 | 0.4139
  mae | fading | elr | 0.413667 | 0.0324237 | 3 | 0.3269
  mae | none | marvel_plus | 0.148467 | 0.0170942 | 3 | 0.1451
  mae | constant | marvel_plus | 0.7856 | 0.00524214 | 3 | 0.7450
  mae | fading | marvel_plus | 0.905467 | 0.00986374 | 3 | 0.6359
meta_bias | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 20
  mae | constant | none | 0.674733 | 0.00201329 | 3 | 0.5689
  mae | none | meta | 0.860867 | 0.00748955 | 3 | 0.5553
methods | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 40
  ce | none | none | 0.696133 | 0.00613297 | 3 | 1.0000
  ce | none | sr | 0.965 | 0.00563205 | 3 | 0.6231
  ce | none | elr | 0.8768 | 0.00087178 | 3 | 0.7763
  ce | none | car | 0.9824 | 0.00262298 | 3 | 0.6090
  ce | none | marvel | 0.982 | 0.0002 | 3 | 0.6006
  ce | none | marvel_plus | 0.983267 | 0.00128582 | 3 | 0.5999
  gce | none | none | 0.802267 | 0.0108154 | 3 | 0.4968
  gce | none | meta | 0.974867 | 0.00122202 | 3 | 0.6064
  mae | none | none | 0.199667 | 0.0214143 | 3 | 0.1332
  mae | constant | none | 0.947267 | 0.00770022 | 3 | 0.6165
  mae | none | meta | 0.781733 | 0.0587909 | 3 | 0.4766
methods | digits100 | 100 | mlp 512-512 | pairflip | 0.4 | 40
  ce | none | none | 0.605333 | 0.0120421 | 3 | 1.0000
  ce | none | sr | 0.543133 | 0.003646 | 3 | 0.9472
  ce | none | elr | 0.916733 | 0.0102378 | 3 | 0.6795
  ce | none | car | 0.658133 | 0.00280951 | 3 | 0.9386
  ce | none | marvel | 0.7448 | 0.0028 | 3 | 0.8229
  ce | none | marvel_plus | 0.8542 | 0.008544 | 3 | 0.7265
  gce | none | none | 0.6068 | 0.0156038 | 3 | 0.6660
  gce | none | meta | 0.602267 | 0.00893159 | 3 | 1.0000
  mae | none | none | 0.1832 | 0.0113013 | 3 | 0.1815
  mae | constant | none | 0.6426 | 0.00768635 | 3 | 0.9379
  mae | none | meta | 0.565133 | 0.0196798 | 3 | 0.8219
methods_cifar10 | cifar10 | 10 | mlp 256-256 | symmetric | 0.4 | 30
  ce | none | none | 0.367067 | 0.00267644 | 3 | 0.8162
  ce | none | sr | 0.4463 | 0.0036756 | 3 | 0.7121
  ce | none | elr | 0.4732 | 0.00291376 | 3 | 0.6104
  ce | none | car | 0.4693 | 0.0022 | 3 | 0.6933
  ce | none | marvel | 0.495033 | 0.00332916 | 3 | 0.4632
  ce | none | marvel_plus | 0.4996 | 0.00434051 | 3 | 0.4491
  gce | none | none | 0.4787 | 0.0026 | 3 | 0.5567
  gce | none | meta | 0.413833 | 0.00954481 | 3 | 0.7398
  mae | none | none | 0.4692 | 0.00942709 | 3 | 0.4454
  mae | none | meta | 0.4616 | 0.00234307 | 3 | 0.6568
methods_cifar10 | cifar10 | 10 | mlp 256-256 | asymmetric | 0.4 | 30
  ce | none | none | 0.4741 | 0.00130767 | 3 | 0.9525
  ce | none | sr | 0.462333 | 0.0017673 | 3 | 0.8577
  ce | none | elr | 0.489 | 0.00272213 | 3 | 0.7925
  ce | none | car | 0.4978 | 0.00284781 | 3 | 0.8740
  ce | none | marvel | 0.493 | 0.00259422 | 3 | 0.6857
  ce | none | marvel_plus | 0.4935 | 0.00495681 | 3 | 0.6651
  gce | none | none | 0.473633 | 0.00464579 | 3 | 0.7415
  gce | none | meta | 0.471167 | 0.00305341 | 3 | 0.9543
  mae | none | none | 0.4035 | 0.00280535 | 3 | 0.5669
  mae | none | meta | 0.478 | 0.000264575 | 3 | 0.8664
methods_cifar10 | cifar10 | 10 | mlp 256-256 | human:worse | 0.4 | 30
  ce | none | none | 0.4074 | 0.00141067 | 3 | 0.8654
  ce | none | sr | 0.452433 | 0.00262742 | 3 | 0.7606
  ce | none | elr | 0.479467 | 0.00214554 | 3 | 0.6678
  ce | none | car | 0.475 | 0.00259422 | 3 | 0.7586
  ce | none | marvel | 0.495267 | 0.00288848 | 3 | 0.5398
  ce | none | marvel_plus | 0.497667 | 0.001861 | 3 | 0.5227
  gce | none | none | 0.475333 | 0.00205994 | 3 | 0.6324
  gce | none | meta | 0.424067 | 0.00523864 | 3 | 0.8457
  mae | none | none | 0.4386 | 0.0247437 | 3 | 0.4678
  mae | none | meta | 0.4701 | 0.00579741 | 3 | 0.7286
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.1 | 40
  mae | constant | none | 0.9522 | 0.00691954 | 3 | 0.8782
  mae | fading | none | 0.9448 | 0.0108573 | 3 | 0.8642
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.2 | 40
  mae | constant | none | 0.9496 | 0.00442267 | 3 | 0.7867
  mae | fading | none | 0.947267 | 0.00857049 | 3 | 0.7718
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.3 | 40
  mae | constant | none | 0.943667 | 0.00080829 | 3 | 0.6959
  mae | fading | none | 0.952467 | 0.00824702 | 3 | 0.6809
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 40
  mae | constant | none | 0.947467 | 0.00591383 | 3 | 0.6167
  mae | fading | none | 0.960933 | 0.00179258 | 3 | 0.5910
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.5 | 40
  mae | constant | none | 0.919933 | 0.00480139 | 3 | 0.5390
  mae | fading | none | 0.965533 | 0.00113725 | 3 | 0.4991
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.6 | 40
  mae | constant | none | 0.8288 | 0.00202978 | 3 | 0.4952
  mae | fading | none | 0.970467 | 0.00393107 | 3 | 0.4053
rates100 | digits100 | 100 | mlp 512-512 | symmetric | 0.8 | 40
  mae | constant | none | 0.360867 | 0.0100585 | 3 | 0.5813
  mae | fading | none | 0.907467 | 0.00825671 | 3 | 0.2154
rates1000 | digits1000 | 1000 | mlp 512-512 | clean | 0.0 | 40
  mae | constant | none | 0.8342 | 0.00572364 | 3 | 0.9205
  mae | fading | none | 0.836667 | 0.00854244 | 3 | 0.8940
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.02 | 40
  mae | constant | none | 0.834733 | 0.0121364 | 3 | 0.9095
  mae | fading | none | 0.838733 | 0.00760088 | 3 | 0.8797
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.05 | 40
  mae | constant | none | 0.832133 | 0.0136137 | 3 | 0.8848
  mae | fading | none | 0.84 | 0.0123467 | 3 | 0.8582
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.1 | 40
  mae | constant | none | 0.8276 | 0.0122 | 3 | 0.8520
  mae | fading | none | 0.846267 | 0.00979047 | 3 | 0.8208
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.2 | 40
  mae | constant | none | 0.7924 | 0.0056107 | 3 | 0.7757
  mae | fading | none | 0.8482 | 0.0101173 | 3 | 0.7459
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 40
  mae | constant | none | 0.677667 | 0.00410041 | 3 | 0.6534
  mae | fading | none | 0.830533 | 0.00349476 | 3 | 0.5834
rates1000 | digits1000 | 1000 | mlp 512-512 | symmetric | 0.6 | 40
  mae | constant | none | 0.451867 | 0.00488399 | 3 | 0.6324
  mae | fading | none | 0.752333 | 0.00768722 | 3 | 0.4153
demo | digits10 | 10 | mlp 256-256 | symmetric | 0.6 | 16
  ce | none | none | 0.8604 | 0 | 1 | none
  mae | none | none | 0.8906 | 0 | 1 | none
demo | digits100 | 100 | mlp 256-256 | symmetric | 0.6 | 16
  ce | none | none | 0.8524 | 0 | 1 | none
  mae | none | none | 0.1658 | 0 | 1 | none
  mae | constant | none | 0.916 | 0 | 1 | none
  mae | fading | none | 0.935 | 0 | 1 | none
demo | digits1000 | 1000 | mlp 256-256 | symmetric | 0.6 | 16
  ce | none | none | 0.5226 | 0 | 1 | none
  mae | none | none | 0.0038 | 0 | 1 | none
  mae | constant | none | 0.5294 | 0 | 1 | none
  mae | fading | none | 0.5954 | 0 | 1 | none
predictions | digits10 | 10 | mlp 512-512 | clean | 0.0 | 6
  ce | none | none | 0.9974 | 0 | 1 | none
  mae | none | none | 0.796 | 0 | 1 | none
  gce | none | none | 0.9932 | 0 | 1 | none
  nce + agce | none | none | 0.993 | 0 | 1 | none
  nfl + mae | none | none | 0.9944 | 0 | 1 | none
  agce | none | none | 0.8958 | 0 | 1 | none
  bi_tempered | none | none | 0.9966 | 0 | 1 | none
predictions | digits10 | 10 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.986 | 0 | 1 | none
  mae | none | none | 0.894 | 0 | 1 | none
  gce | none | none | 0.9874 | 0 | 1 | none
  nce + agce | none | none | 0.9884 | 0 | 1 | none
  nfl + mae | none | none | 0.9922 | 0 | 1 | none
  agce | none | none | 0.9874 | 0 | 1 | none
  bi_tempered | none | none | 0.991 | 0 | 1 | none
predictions | digits100 | 100 | mlp 512-512 | clean | 0.0 | 6
  ce | none | none | 0.986 | 0 | 1 | none
  mae | none | none | 0.1496 | 0 | 1 | none
  mae | constant | none | 0.9358 | 0 | 1 | none
  gce | none | none | 0.7044 | 0 | 1 | none
  gce | constant | none | 0.9684 | 0 | 1 | none
  nce + agce | none | none | 0.3824 | 0 | 1 | none
  nce + agce | constant | none | 0.9594 | 0 | 1 | none
  nfl + mae | none | none | 0.2492 | 0 | 1 | none
  nfl + mae | constant | none | 0.9642 | 0 | 1 | none
  agce | none | none | 0.1986 | 0 | 1 | none
  agce | constant | none | 0.9528 | 0 | 1 | none
  bi_tempered | none | none | 0.9812 | 0 | 1 | none
predictions | digits100 | 100 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.9642 | 0 | 1 | none
  mae | none | none | 0.1682 | 0 | 1 | none
  mae | constant | none | 0.9504 | 0 | 1 | none
  gce | none | none | 0.8064 | 0 | 1 | none
  gce | constant | none | 0.9432 | 0 | 1 | none
  nce + agce | none | none | 0.3024 | 0 | 1 | none
  nce + agce | constant | none | 0.9348 | 0 | 1 | none
  nfl + mae | none | none | 0.1876 | 0 | 1 | none
  nfl + mae | constant | none | 0.9534 | 0 | 1 | none
  agce | none | none | 0.218 | 0 | 1 | none
  agce | constant | none | 0.9482 | 0 | 1 | none
  bi_tempered | none | none | 0.968 | 0 | 1 | none
predictions | digits1000 | 1000 | mlp 512-512 | clean | 0.0 | 6
  ce | none | none | 0.9474 | 0 | 1 | none
  mae | none | none | 0.0042 | 0 | 1 | none
  mae | constant | none | 0.7966 | 0 | 1 | none
  gce | none | none | 0.0068 | 0 | 1 | none
  gce | constant | none | 0.825 | 0 | 1 | none
  nce + agce | none | none | 0.004 | 0 | 1 | none
  nce + agce | constant | none | 0.7778 | 0 | 1 | none
  nfl + mae | none | none | 0.004 | 0 | 1 | none
  nfl + mae | constant | none | 0.8152 | 0 | 1 | none
  agce | none | none | 0.004 | 0 | 1 | none
  agce | constant | none | 0.7696 | 0 | 1 | none
  bi_tempered | none | none | 0.8996 | 0 | 1 | none
predictions | digits1000 | 1000 | mlp 512-512 | symmetric | 0.4 | 6
  ce | none | none | 0.8448 | 0 | 1 | none
  mae | none | none | 0.0036 | 0 | 1 | none
  mae | constant | none | 0.7116 | 0 | 1 | none
  gce | none | none | 0.009 | 0 | 1 | none
  gce | constant | none | 0.686 | 0 | 1 | none
  nce + agce | none | none | 0.0032 | 0 | 1 | none
  nce + agce | constant | none | 0.6252 | 0 | 1 | none
  nfl + mae | none | none | 0.0036 | 0 | 1 | none
  nfl + mae | constant | none | 0.6946 | 0 | 1 | none
  agce | none | none | 0.003 | 0 | 1 | none
  agce | constant | none | 0.6608 | 0 | 1 | none
  bi_tempered | none | none | 0.8018 | 0 | 1 | none
"""
