"""Questions into cited, verified answers."""
