"""Composite indices, coupling coordination and spatial autocorrelation of regional development."""

__version__ = "1.0.0"
