"""Keypoint detectors: one protocol, one table, one module a detector."""
