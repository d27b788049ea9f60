"""Logging in and out: Flask-Login keeps the user's id in the session, and we keep the session."""
