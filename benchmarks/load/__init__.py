"""The load generator: a process in which people log in, hold sockets and post comments."""
