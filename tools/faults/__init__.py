"""Experiments with faults: parts of a cluster are killed under load, and brought back.

What is counted is what people are shown: nothing may be lost, and nothing shown twice.
"""
