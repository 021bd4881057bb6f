"""Size of the test of sigma convergence where regions move with their neighbours, by simulation.

    python benchmarks/sigma.py [panels]

For every number of regions and years, and correlation of a year with the next: how often the test finds a trend at 5 %
where there is none, by the spatial autoregressive coefficient of the shocks. Four nearest neighbours.
"""

import sys

import numpy as np
import pandas as pd
from spatial_panel import nearest

from coordination.dynamics.convergence import sigma_size


def main(panels=2000):
    print("regions years correlation " + "".join(f"{f'rho {rho}':>9}" for rho in (0.0, 0.5, 0.8)))
    for n, m in ((9, 11), (30, 11), (48, 17)):
        for persistence in (0.0, 0.5, 0.9):
            sizes = sigma_size(pd.DataFrame(nearest(n)), np.arange(m), persistence=persistence, draws=panels)["size"]
            print(f"{n:7} {m:5} {persistence:11.1f} " + "".join(f"{s:9.3f}" for s in sizes))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
