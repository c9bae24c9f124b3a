"""Whether there is a notebook to show something in."""

import sys
from typing import Any


def shell() -> Any | None:
    """Return the shell of the notebook that this process runs, None if it runs none; IPython is not imported for it."""
    ipython = sys.modules.get("IPython")
    found: Any = ipython.get_ipython() if ipython else None
    return found if hasattr(found, "kernel") else None
