"""Measurements; each prints its own table."""
