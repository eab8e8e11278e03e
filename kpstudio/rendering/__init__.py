"""Pictures of shapes from known cameras, and the way back from a picture to the surface."""
