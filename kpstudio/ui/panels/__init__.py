"""The panels of the docks, one module each."""
