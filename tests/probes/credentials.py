"""Hold password checks, and changes to a user."""

from tests.probes.sessions import held_afterwards, held_at_will, users

users.check_password = held_afterwards(users.check_password, "check_password")
users.delete = held_at_will(users.delete, "delete")
users.rename = held_at_will(users.rename, "rename")
