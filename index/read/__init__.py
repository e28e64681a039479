"""Files into articles: one reader a format, all giving clean text with its title, publisher, date and URL."""
