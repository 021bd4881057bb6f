"""From the panel to normalised indicators, weights, scores and the coupling coordination degree D."""
