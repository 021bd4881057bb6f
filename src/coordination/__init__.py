"""Composite indices, coupling coordination and spatial autocorrelation of regional development."""

__version__ = "0.1.0"
