"""What a session exposes: the part of it that a user may see, to learn how sessions work."""
