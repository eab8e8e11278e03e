"""KP Studio: find, inspect, edit and match 3D keypoints."""

__version__ = "0.1.0"
