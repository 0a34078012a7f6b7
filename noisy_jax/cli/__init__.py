"""Commands: their flags, and what they say."""
