"""What a session exposes: the part that is safe to show to its user."""
