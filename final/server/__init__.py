"""What stands between the network and the app: the WSGI server, and checks of what clients send.

`wsgi` is gevent's server with a graceful stop. `guard` stands in front of python-socketio and looks
at each connection and its packets, and `gate` limits the connections of clients that haven't logged
in. `origin` tells our own pages from others, and `log` writes what happens. A module here may
import `sessions` and `settings`. It knows no page and no event.
"""
