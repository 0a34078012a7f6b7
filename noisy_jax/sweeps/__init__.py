"""Grids of trainings: what they have, what is done of them, and how they are trained."""
