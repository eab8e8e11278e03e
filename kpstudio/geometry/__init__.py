"""Kernels on plain arrays: no meshes, no files, no Qt."""
