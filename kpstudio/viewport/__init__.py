"""The 3D view: what is drawn and what the mouse does, with VTK and without Qt."""
