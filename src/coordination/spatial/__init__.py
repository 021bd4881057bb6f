"""How D lies in space: neighbours, autocorrelation and its change, spots, centre."""
