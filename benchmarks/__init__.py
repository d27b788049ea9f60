"""Benchmarks that compare final/ with the same app on other stacks. `make bench` runs them."""
