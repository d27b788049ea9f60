"""What people run: the demo, a cluster, experiments with faults, a new app, the tutorial.

`make` calls these modules. Tests use them too, but nothing in here imports a test.
"""
