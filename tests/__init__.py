"""Tests; a package so that the benchmarks run with ``python -m``."""
