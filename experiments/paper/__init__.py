"""Checks and figures of claims, from papers and from this library's own theory."""
