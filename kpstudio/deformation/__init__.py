"""From keypoints to shapes: cages, coordinates, influence, rigs and priors."""
