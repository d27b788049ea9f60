"""Sessions: the server keeps the data, and the browser has only the session's ID."""
