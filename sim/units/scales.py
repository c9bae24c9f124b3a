"""The units that each quantity may be written in: what one is, and how many digits its number may have."""

NS = 1
US = 1_000
MS = 1_000_000
S = 1_000_000_000
MIN = 60 * S
H = 3_600 * S

# The digits allowed before the decimal point keep every duration below 1e9 s, so that a sum of a clock and a few
# durations still fits a signed 64-bit integer of nanoseconds.
DURATION_UNITS = {
    "ns": (NS, 18),
    "us": (US, 15),
    "µs": (US, 15),
    "μs": (US, 15),
    "ms": (MS, 12),
    "s": (S, 9),
    "min": (MIN, 7),
    "h": (H, 5),
}
RATE_UNITS = {"s": (S, 9), "ms": (MS, 6), "us": (US, 3), "min": (MIN, 10), "h": (H, 12)}
SIZE_UNITS = {"B": (1, 14), "KiB": (1 << 10, 11), "MiB": (1 << 20, 8), "GiB": (1 << 30, 5), "TiB": (1 << 40, 2)}
# Whatever can be written in a power of 1024 can also be written, exactly, in powers of 1000.
BANDWIDTH_UNITS = {
    "kB/s": (10**3, 12),
    "MB/s": (10**6, 9),
    "GB/s": (10**9, 6),
    "KiB/s": (1 << 10, 11),
    "MiB/s": (1 << 20, 8),
    "GiB/s": (1 << 30, 5),
}
