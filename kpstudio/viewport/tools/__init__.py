"""Tools: what mouse and keys do, as a table of states and events."""
