"""The session store: keeps sessions in the database, so that they outlive a request."""
