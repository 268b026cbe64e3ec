"""Benchmarks: `uv run python -m benchmarks.NAME`, each prints a small table; ratios come from one run."""
