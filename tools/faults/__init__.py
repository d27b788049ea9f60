"""Experiments that kill parts of a cluster under load, and start them again.

They count the comments that people are shown. None may be lost, and none may be shown twice.
"""
