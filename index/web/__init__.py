"""Pages and feeds from the web, fetched when the user asks for it, and kept as files in the library's folder."""
