"""The settings, each with a default that suits development."""
