"""How much of the result is the method or an error in the figures."""
