"""Benchmarks: run by hand on a quiet machine, never by the test suite. `python -m bench [path ...]`.

Limit, peer and ours in one run, interleaved, at least five rounds, medians. Only ratios inside one table mean anything.
"""
