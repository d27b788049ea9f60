"""The low limits of many_sockets.py, which a test reaches quickly."""

PER_USER, PER_SESSION = 6, 4
STRANGERS, STRANGERS_PER_SESSION = 20, 12
UNSENT, BACKLOG, ANSWER = 600_000, 20_000, 5000  # bytes
