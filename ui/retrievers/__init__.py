"""A library as the retriever of other frameworks, which bring their own packages: one module each."""
