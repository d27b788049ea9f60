"""Break or hold the deletion of an account when everything but the user is deleted."""

from tests.probes import app
from tests.probes.delivery import broken_at_will

users = app.extensions["users"]
users.delete = broken_at_will(users.delete, lambda *_: "deletion")
