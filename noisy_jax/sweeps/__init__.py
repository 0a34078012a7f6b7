"""Grids of trainings: their runs, the state of these runs, and training them."""
