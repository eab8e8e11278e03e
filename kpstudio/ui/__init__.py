"""The window: Qt widgets around the viewport."""
