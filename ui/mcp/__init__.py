"""A library as tools and resources for language models, by the Model Context Protocol."""
