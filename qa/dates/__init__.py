"""Time in words: what a question says of when, and relative dates of an article told as absolute ones."""
