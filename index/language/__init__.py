"""What words mean whatever is done with them: numbers and times, each read in one place."""
