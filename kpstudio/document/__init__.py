"""The document: ordered items, one signal, and a history of undoable steps."""
