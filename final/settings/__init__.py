"""What an operator sets in the environment (`config.py`), and the limits of the app (`quotas.py`).

Every other folder but `sessions/` and `transport/` may import this one. It imports none of them.
"""
