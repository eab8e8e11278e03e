"""One module a mesh format; `registry` is the way in."""
