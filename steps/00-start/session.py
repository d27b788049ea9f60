"""Sessions: data that the server keeps for a browser, which has only the session's ID."""
