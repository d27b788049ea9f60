"""final/ as a contender of the benchmarks: `python -m benchmarks.ours`."""
