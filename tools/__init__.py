"""Programs that people run: the demo, a cluster, fault experiments, a new app, the tutorial.

`make` calls these modules. Tests use them too, but no module in here imports a test.
"""
