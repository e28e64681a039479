"""One metric a file; each says its definition, source and arithmetic."""
