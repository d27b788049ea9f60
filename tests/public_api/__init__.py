"""Check that code uses only names that python-socketio, python-engineio and gevent document.

`reference` knows the names in their API references, `inference` finds out what an expression is,
and `uses` walks the syntax trees.
"""
