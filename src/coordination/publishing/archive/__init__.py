"""A finished run as one archive, and its verification."""
