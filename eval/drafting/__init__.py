"""Gold questions out of a library: drafted by rules and the language model, decided on by a person."""
