"""Training of the reader: one small encoder that finds answers, sees that there is none, and judges support."""
