"""From occurrence records to what was found where and how often somebody looked.

``names`` → ``clean`` → ``count`` → ``cells``: the first three are expressions that any engine runs,
the last maps the bins of the count to H3 cells. docs/decisions/0032 says why.
"""
