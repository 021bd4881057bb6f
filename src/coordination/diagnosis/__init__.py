"""What stands in the way, what the literature's concepts see of it, and what follows."""
