"""Short names for the paths that a sweep varies, as tables and plots have room for."""

from collections.abc import Sequence

_SAY_LITTLE = frozenset({"mean", "median", "sigma", "rate", "exponential", "lognormal", "poisson", "constant", "gamma"})
"""Parts of paths that leave open what they are of."""


def short_names(paths: Sequence[str]) -> dict[str, str]:
    """Return the end of each dotted path: enough of it to tell it from the others, and to say what it is of."""
    short = {}
    for path in paths:
        parts = path.split(".")
        others = [other.split(".") for other in paths if other != path]
        length = next(
            (
                n
                for n in range(1, len(parts))
                if parts[-n] not in _SAY_LITTLE and all(parts[-n:] != other[-n:] for other in others)
            ),
            len(parts),
        )
        short[path] = ".".join(parts[-length:])
    return short
