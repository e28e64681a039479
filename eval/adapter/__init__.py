"""Trains the adapter of the bundled language model. Nothing imports this package but its own commands."""
