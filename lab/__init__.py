"""What only the makers of Footnote run: training and fitting. Not part of the wheel; nothing imports it."""
