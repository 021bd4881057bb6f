"""What a study costs, estimated from what studies of other sizes were measured to take, and what this machine has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

MEASURED = yaml.safe_load(Path(__file__).with_name("costs.yml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Cost:
    """What a run takes.

    Attributes
    ----------
    seconds : float
        Of a processor.
    memory : float
        Bytes of the largest process.
    """

    seconds: float
    memory: float


def terms(regions, years, indicators):
    """Return what time and memory grow with.

    Parameters
    ----------
    regions, years, indicators : int

    Returns
    -------
    tuple of float
        One, for what every study takes; the cells of the panel; the pairs of regions.

    Examples
    --------
    >>> terms(10, 2, 3)
    (1.0, 60.0, 100.0)
    """
    return 1.0, float(regions * years * indicators), float(regions**2)


def estimate(regions, years, indicators):
    """Estimate what a run of a study takes.

    Parameters
    ----------
    regions, years, indicators : int

    Returns
    -------
    Cost
        By the constants of costs.yml, which `benchmarks/county.py --write` measures: least squares, none negative.
    """
    grown = terms(regions, years, indicators)
    seconds, memory = (sum(a * x for a, x in zip(MEASURED[k], grown, strict=True)) for k in ("seconds", "memory"))
    return Cost(seconds, memory)


def memory():
    """Return the bytes of memory that this machine has, or its container.

    Returns
    -------
    int
    """
    limit = Path("/sys/fs/cgroup/memory.max")
    own = limit.read_text().strip() if limit.is_file() else "max"
    return min(psutil.virtual_memory().total, int(own) if own.isdigit() else 1 << 62)


def free():
    """Return the bytes of memory that are free now.

    Returns
    -------
    int
    """
    return psutil.virtual_memory().available


def processors():
    """Return how many processors this process may use.

    Returns
    -------
    int
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def largest_file():
    """Return the bytes of the largest file that this machine's memory holds when it is read.

    Returns
    -------
    int
        By the memory that a byte of a panel was measured to take.
    """
    return int((memory() - MEASURED["memory"][0]) / MEASURED["per_byte"])
