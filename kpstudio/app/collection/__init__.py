"""Collections: a folder of shapes with keypoints, what they share, and how they vary."""
