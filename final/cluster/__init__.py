"""Several processes: how processes that serve one database find each other and pass on news.

In MongoDB, each process keeps a lease and the records of its open sockets. Through Redis, events
reach sockets in every process, and news reaches the processes. A module here may import `settings`.
It knows users only by their IDs, and no page and no event.
"""
