"""Tests of Engine.IO and Socket.IO on stock python-socketio and on final/transport/.

They state the requirements of both protocol specifications in our own words. `docs/protocol.md`
has the results of the official suites, and `python -m tests.protocol.app` runs a server for those.
"""
