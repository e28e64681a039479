"""The server: who may reach it, which routes it has, whose turn it is, and the endpoints for programs."""
