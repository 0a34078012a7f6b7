"""The commands, their flags and their output."""
