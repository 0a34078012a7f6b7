"""Figures and claims of the papers, and of this library's own theory, checked."""
