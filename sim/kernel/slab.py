"""Slab geometry: how many objects a slab of a cache holds, and how many slabs CPU and node keep back (mm/slub.c)."""

from sim.kernel.page import PAGE_SIZE

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
    return smallest_order(size)


def smallest_order(size: int) -> int:
    """The order of the smallest slab that holds an object of `size` bytes (get_order)."""
    return (-(-size // PAGE_SIZE) - 1).bit_length()


def objects_in(order: int, size: int) -> int:
    """How many `size`-byte objects a slab of an order holds (order_objects)."""
    return (PAGE_SIZE << order) // size


def objects_per_slab(size: int, cpus: int) -> int:
    """How many `size`-byte objects one slab of the preferred order holds."""
    return objects_in(slab_order(size, cpus), size)


def cpu_partial(size: int) -> int:
    """How many free objects one CPU is meant to hold back in slabs that it does not allocate from (set_cpu_partial)."""
    if size >= PAGE_SIZE:
        return 6
    if size >= 1024:
        return 24
    return 52 if size >= 256 else 120


def cpu_partial_slabs(size: int, cpus: int) -> int:
    """How many slabs a CPU holds back: those objects, if each slab is half full (slub_set_cpu_partial, 5.16+)."""
    return -(-cpu_partial(size) * 2 // objects_per_slab(size, cpus))


def min_partial(size: int) -> int:
    """From how many partial slabs on the node gives free ones back: half the binary logarithm of `size`, 5 to 10."""
    return max(5, min(10, (size.bit_length() - 1) // 2))
