"""The people: who has an account, and which password opens it."""
