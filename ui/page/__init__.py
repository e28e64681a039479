"""The web page: the chat, its sources and uploads, and the pages of the evaluation, with their looks."""
