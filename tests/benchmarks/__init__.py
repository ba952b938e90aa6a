"""Benchmarks: scripts that are run by hand, not collected by pytest."""
