"""The store: where sessions are kept, so that they outlive a request and a restart."""
