"""Sessions: what the server remembers of a browser, under an id that only its cookie knows."""
