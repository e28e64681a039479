"""The faces: command line, web page, endpoints for programs. No logic of their own."""
