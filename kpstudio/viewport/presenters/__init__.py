"""Presenters: each draws one aspect of a shape and touches only what differs from last time."""
