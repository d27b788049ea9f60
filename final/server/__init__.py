"""Between the network and the app: the WSGI server, and checks of everything that clients send.

`wsgi` is gevent's server with a graceful stop. `guard` stands before python-socketio and checks
each connection and its packets. `gate` limits connections that have no accepted socket yet.
`origin` recognizes our own pages, and `log` sets up the log. A module here may import `sessions`
and `settings`. It knows no page and no event.
"""
