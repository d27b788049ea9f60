"""The load: people who log in, hold sockets and post comments, in a process of its own."""
