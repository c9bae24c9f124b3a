"""The short gfp words of the scripts: KERNEL for GFP_KERNEL, NORETRY for __GFP_NORETRY, DR, KSWAPD, NONE."""

from sim.kernel.gfp import GfpError, flags, masks, parse_gfp
from sim.kernel.versions import KernelVersion

_SHORT = {"DR": "__GFP_DIRECT_RECLAIM", "KSWAPD": "__GFP_KSWAPD_RECLAIM", "NONE": "0"}


def gfp_of_words(text: str, version: KernelVersion) -> int:
    """The mask that a script's `gfp` means under a kernel: words joined by `|`, full names allowed too.

    Raise a GfpError for a word that the version does not know.
    """
    return parse_gfp("|".join(_full_name(word.strip(), version) for word in text.split("|")), version)


def _full_name(word: str, version: KernelVersion) -> str:
    known = masks(version) | flags(version)
    for name in (_SHORT.get(word, word), f"GFP_{word}", f"__GFP_{word}"):
        if name in known or name == "0":
            return name
    raise GfpError(f"unknown gfp word {word!r} under kernel {version}", tuple(known))
