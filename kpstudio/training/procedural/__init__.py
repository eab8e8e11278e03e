"""Parametric shapes with ground-truth keypoints and part labels, one module a category."""
