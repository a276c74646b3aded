"""How good an atlas is where it was not told: blocks of the earth, and visits, held out.

``world`` makes worlds whose truth is known, ``folds`` holds out, ``rivals`` are other ways to make
an atlas of the same counts, ``scores`` compares what each says with what was held out.
"""
