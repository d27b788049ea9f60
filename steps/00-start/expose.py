"""What a session exposes: the part of it that may be looked at, for learning what is in there."""
