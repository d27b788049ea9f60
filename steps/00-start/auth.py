"""Login and logout with Flask-Login, which keeps the user's ID in our session."""
