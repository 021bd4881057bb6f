"""The paper in print and for Word."""
