"""Files in and out: meshes, keypoints, projects, samples."""
