"""The faces: command line and web page. No logic of their own."""
