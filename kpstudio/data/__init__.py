"""Frozen data: what detectors give, documents hold and files keep."""
