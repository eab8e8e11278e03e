"""Application logic without a window: what the desktop, the command line and tests share."""
