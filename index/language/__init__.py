"""What words mean whatever is done with them: numbers, names, times, sentences, each read in one place."""
