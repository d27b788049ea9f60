"""Whether code uses only what python-socketio, python-engineio and gevent document.

`reference` knows what their API references list, `types` what an expression is, and `uses` walks
the syntax trees.
"""
