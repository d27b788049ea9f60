"""The second door, Socket.IO: its sockets, the events of clients, and the messages to them.

`sockets` has the server and reaches clients in all processes. `socket_lifecycle` accepts and closes
sockets, `dispatch` protects the handlers in `events`, `presence` announces users who come and go,
and `background` holds the loops of a process. A module here may import `cluster`, `server`,
`domain`, `sessions` and `settings`, but nothing from `web`, and no Flask.
"""
