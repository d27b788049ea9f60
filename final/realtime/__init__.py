"""The second door, Socket.IO: who may connect, what a client may ask, and what it's told.

`sockets` holds the server and reaches clients in all processes. `lifecycle` accepts and closes
sockets, `dispatch` protects the handlers in `events`, `presence` announces who is online, and
`background` does what nobody asked for. A module here may import `cluster`, `server`, `domain`,
`sessions` and `settings`, but nothing from `web`, and no Flask.
"""
