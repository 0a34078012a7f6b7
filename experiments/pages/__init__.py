"""Commands that make pages of the documentation."""
