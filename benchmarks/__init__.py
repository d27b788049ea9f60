"""Benchmarks: final/ beside the same app on other stacks. `make bench` runs them."""
