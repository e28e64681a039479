"""Follow-up questions made to stand by themselves."""
