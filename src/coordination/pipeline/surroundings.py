"""The one environment in which everything is made, whatever the user's own is.

Only the standard library is used here, since it comes before everything else.
"""

from __future__ import annotations

import locale
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from coordination.pipeline.paths import output_root

# Read when a process begins: strings in the same order in every run, no threads where processes are forked, the drawing
# that a kernel asks matplotlib for
FIXED = {
    "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1",
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMEXPR_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline", "JUPYTER_NO_CONFIG": "1",
    "JUPYTER_PREFER_ENV_PATH": "1", "PROJ_NETWORK": "OFF",
}  # fmt: skip

# What would change how Python, Jupyter or a library works, or what they say
DROPPED = (
    "PYTHONWARNINGS", "PYTHONSTARTUP", "PYTHONBREAKPOINT", "PYTHONDONTWRITEBYTECODE", "PYTHONOPTIMIZE", "PYTHONDEVMODE",
    "PYTHONINSPECT", "PYTHONMALLOC", "LANGUAGE", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "IPYTHONDIR", "MATPLOTLIBRC",
    "MPLSTYLE", "GDAL_DATA", "GDAL_DRIVER_PATH", "CPL_DEBUG", "SPHINXOPTS", "TYPST_FONT_PATHS", "TYPST_PACKAGE_PATH",
)  # fmt: skip

# Where programs keep settings and caches of their own
PLACES = {
    "MPLCONFIGDIR": "matplotlib", "IPYTHONDIR": "ipython", "JUPYTER_CONFIG_DIR": "jupyter/config",
    "JUPYTER_DATA_DIR": "jupyter/data", "JUPYTER_RUNTIME_DIR": "jupyter/runtime", "XDG_CACHE_HOME": "cache",
    "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data",
}  # fmt: skip


def fixed(environment, place):
    """Return an environment in which the same input gives the same bytes.

    Parameters
    ----------
    environment : mapping of str to str
        The user's.
    place : Path
        For settings and caches.

    Returns
    -------
    dict of str to str
        Paths, proxies and the like stay; a home that cannot be written to is replaced.
    """
    kept = {k: v for k, v in environment.items() if k not in DROPPED and not k.startswith("LC_")}
    home = kept.get("HOME")
    if os.name == "posix" and not (home and os.path.isdir(home) and os.access(home, os.W_OK)):
        kept["HOME"] = str(place)
    return kept | FIXED | {name: str(place / folder) for name, folder in PLACES.items()}


def settle():
    """Put this process, and with it all that it starts, into the fixed environment."""
    place = output_root().resolve() / ".make" / "home"  # which the programs make that need it
    there = next(folder for folder in place.parents if folder.exists())
    if not (there.is_dir() and os.access(there, os.W_OK)):
        place = Path(tempfile.gettempdir()) / f"coordination-home-{os.getuid() if hasattr(os, 'getuid') else ''}"
    settled = fixed(os.environ, place)
    if settled.get("HOME") == str(place):
        place.mkdir(parents=True, exist_ok=True)
    os.environ.clear()
    os.environ.update(settled)
    with suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, FIXED["LC_ALL"])
    if hasattr(time, "tzset"):
        time.tzset()
