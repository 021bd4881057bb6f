"""How D moves: distribution, convergence, mobility, inequality."""
