"""Training: shapes, data, losses, loops, recipes."""
