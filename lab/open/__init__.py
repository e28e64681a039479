"""Development questions on open answers, with the facts that a good answer holds, and how many the ways hold."""
