"""Pages of the documentation that are made by commands."""
