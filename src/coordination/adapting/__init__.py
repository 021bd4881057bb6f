"""A study of one's own: its folder, its figures, and what can be wrong with them."""
