"""Hold changes of a user's credentials."""

from tests.probes.sessions import held_afterwards, held_at_will, users

users.is_password = held_afterwards(users.is_password, "is_password")
users.delete = held_at_will(users.delete, "delete")
users.rename = held_at_will(users.rename, "rename")
