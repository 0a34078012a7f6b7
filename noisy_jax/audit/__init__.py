"""Which labels of a data set are wrong: scores, estimates and a page to decide on."""
