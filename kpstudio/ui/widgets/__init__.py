"""Small widgets that know nothing of shapes and keypoints."""
