"""Slab geometry: how many objects a slab of a cache holds, and how many free ones a CPU keeps back (mm/slub.c)."""

PAGE_SIZE = 4096
MAX_ORDER = 3
"""slub_max_order: a slab is at most eight pages unless one object needs more."""


def slab_order(size: int, cpus: int) -> int:
    """The order of the slabs of a cache of `size`-byte objects on a machine of `cpus` CPUs (calculate_order, 6.12).

    The smallest order that holds 4 * (fls(cpus) + 1) objects, or as many as order 3 can, and wastes at most 1/16 of the
    slab; if none does, at most 1/8, 1/4, 1/2; beyond that the smallest order that holds one object.
    """
    wanted = min(4 * (cpus.bit_length() + 1), max(1, (PAGE_SIZE << MAX_ORDER) // size))
    for fraction in (16, 8, 4, 2):
        for order in range(MAX_ORDER + 1):
            slab = PAGE_SIZE << order
            if slab >= wanted * size and slab % size <= slab // fraction:
                return order
    return max(0, (-(-size // PAGE_SIZE) - 1).bit_length())


def objects_per_slab(size: int, cpus: int) -> int:
    """How many `size`-byte objects one slab holds."""
    return (PAGE_SIZE << slab_order(size, cpus)) // size


def cpu_partial(size: int) -> int:
    """How many free objects one CPU keeps back before whole slabs leave it (set_cpu_partial, 6.12)."""
    if size >= PAGE_SIZE:
        return 6
    if size >= 1024:
        return 24
    return 52 if size >= 256 else 120
