"""Examples of questions by the kind of answer that they want, and the fit of the classifier that tells them."""
