"""Tests of Engine.IO and Socket.IO on stock python-socketio and on final/transport/.

They say in our own words what the descriptions of both protocols ask for. `docs/protocol.md` has
the results of the official suites, and `python -m tests.protocol.app` is a server for those.
"""
