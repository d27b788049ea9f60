"""Several processes: how processes that serve one database find each other and pass on news.

In MongoDB, each process keeps a lease on its life and the records of its open sockets. Through
Redis, events and news reach the sockets of all processes at once. A module here may import
`settings`, `domain` and `sessions`, but nothing from `realtime` or `web`.
"""
