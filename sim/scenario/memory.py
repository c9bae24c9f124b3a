"""The `memory:` key: how much there is, what it is used for, and how the kernel gets it back.

Where `pressure:` says when attempts fail, here they fail because of what the tasks and the `load:` do.
"""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from sim.kernel.page import PAGE_SIZE
from sim.kernel.versions import KernelVersion
from sim.kernel.vm.kswapd import KSWAPD_DELAY
from sim.kernel.vm.swap import Zram
from sim.kernel.vm.vmscan import REFERENCED, SWAPPINESS, PageCosts
from sim.kernel.vm.watermarks import SCALE_FACTOR, Watermarks, watermarks_of
from sim.kernel.vm.writeback import DIRTY_RATIOS
from sim.scenario.words import OrWord
from sim.spec import Omittable, Spec, listed, mistake_at, one_of
from sim.units import Amount, Duration, Probability, Size
from sim.workload.distributions import Distribution, Lognormal

ONE_ZONE = "Normal"
"""The zone that `ram:` is the size of."""


class ZonesSpec(Spec):
    """The managed memory of each zone of the machine, for those that it has."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    DMA: Omittable[Size] = Field(default=None, description="Memory below 16 MiB.")
    DMA32: Omittable[Size] = Field(default=None, description="Memory below 4 GiB.")
    Normal: Omittable[Size] = Field(default=None, description="The rest.")

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if not self.sizes:
            raise mistake_at("zones", f"expected at least one of {listed(type(self).model_fields)}, found none")
        return self

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes by zone, lowest first."""
        return {name: size for name in type(self).model_fields if (size := getattr(self, name)) is not None}


class WatermarksSpec(Spec):
    """The marks of the one zone, instead of the kernel's own."""

    min: Size = Field(description="What only GFP_ATOMIC may go below.")
    low: Size = Field(description="Below it kswapd is woken.")
    high: Size = Field(description="Above it kswapd rests.")


class AtStartSpec(Spec):
    """What memory is used for when the run begins; the rest is free."""

    anon: Amount = Field(default=0, description="Memory of programs, which can only be swapped out.")
    clean: Amount = Field(default=0, description="Page cache that can be dropped.")
    dirty: Amount = Field(default=0, description="Page cache that has to be written first.")
    kernel: Amount = Field(default=0, description="What the kernel keeps for itself.")

    @property
    def total(self) -> int:
        """Bytes that are not free."""
        return self.anon + self.clean + self.dirty + self.kernel


class SwapDeviceSpec(Spec):
    """A swap area on a device, written by tasks whose arrivals are swap_out."""

    size: Size = Field(description="How much fits into the area.")
    read: Duration = Field(default=100_000, description="Time to read up to eight pages back.")


class ZramSpec(Spec):
    """A swap area in memory, compressed (zram)."""

    size: Size = Field(description="How much fits into the area, before it is compressed.")
    ratio: float = Field(default=Zram.ratio, ge=1, le=1_000, description="How many pages fit into one.")
    compress: Duration = Field(default=Zram.compress, description="Processor time to compress a page.")
    decompress: Duration = Field(default=Zram.decompress, description="Processor time to bring a page back.")


Swap = Annotated[
    SwapDeviceSpec | ZramSpec | Literal["none"],
    one_of("swap", {"device": SwapDeviceSpec, "zram": ZramSpec}, words={"none": "none"}),
]
"""Where anonymous memory may go."""


class PageCostsSpec(Spec):
    """What a page costs the processor that handles it."""

    fault: Duration = Field(default=PageCosts.fault, description="Touching a new page.")
    scan: Duration = Field(default=PageCosts.scan, description="Looking at a page to see whether it can be reclaimed.")
    free: Duration = Field(default=PageCosts.free, description="Freeing a page that was reclaimed.")


_OOM = Lognormal.model_validate({"median": "500 ms", "sigma": 0.5})

OomDelay = Annotated[Distribution | Literal["none"], OrWord("none", Distribution, "a duration such as '500 ms'")]
"""From the killing of a process until its memory is free; or ``"none"`` for no OOM killer."""


class MemorySpec(Spec):
    """The memory of one node, whose pages the pools, the tasks and the load compete for."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["ram"]}, {"required": ["zones"]}]})

    ram: Omittable[Size] = Field(default=None, description="Managed memory, all in one zone 'Normal'.")
    zones: Omittable[ZonesSpec] = Field(default=None, description="Instead of ram: managed memory by zone.")
    thp: bool = Field(
        default=False,
        description="Transparent huge pages are on: khugepaged raises min_free_kbytes (2.6.38 and later).",
    )
    min_free: Omittable[Size] = Field(
        default=None, description="/proc/sys/vm/min_free_kbytes, instead of the kernel's own."
    )
    watermark_scale_factor: Omittable[int] = Field(
        default=None,
        ge=1,
        le=3_000,
        description=f"Distance of the watermarks in 1/10000 of a zone (4.6 and later); left out: {SCALE_FACTOR}.",
    )
    watermarks: Omittable[WatermarksSpec] = Field(
        default=None, description="The watermarks themselves, instead of the kernel's own; with ram only."
    )
    at_start: AtStartSpec = Field(default=AtStartSpec(), description="What memory is used for when the run begins.")
    fragmentation: Probability = Field(
        default=0.0, description="0 to 1: how much of the free memory lies in pieces too small for an order above 0."
    )
    swap: Swap = Field(default="none", description="Where anonymous memory may go: none, device or zram.")
    swappiness: int = Field(
        default=SWAPPINESS,
        ge=0,
        le=200,
        description="How readily reclaim takes anonymous memory rather than page cache.",
    )
    dirty_background_ratio: int = Field(
        default=DIRTY_RATIOS[0],
        ge=0,
        le=100,
        description="Percent of available memory that may be dirty before it is written back.",
    )
    dirty_ratio: int = Field(
        default=DIRTY_RATIOS[1],
        ge=1,
        le=100,
        description="Percent of available memory at which dirtiers are made to wait.",
    )
    referenced: Probability = Field(
        default=REFERENCED, description="Share of the scanned pages that turn out to be in use, and are kept."
    )
    costs: PageCostsSpec = Field(default=PageCostsSpec(), description="What a page costs the processor.")
    kswapd_delay: Duration = Field(default=KSWAPD_DELAY, description="From waking kswapd until it runs.")
    oom: OomDelay = Field(
        default=_OOM, description="Time until the memory of a killed process is free; or none: no OOM killer."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.ram is None) == (self.zones is None):
            if self.ram is None:
                raise mistake_at("memory", "expected ram or zones, found neither")
            raise mistake_at("memory", "expected ram or zones (ram: null takes a base's away), found both", "zones")
        return self

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes of each zone, lowest first."""
        return self.zones.sizes if self.zones else {ONE_ZONE: self.ram or 0}

    @property
    def pages(self) -> dict[str, int]:
        """Managed pages of each zone, lowest first."""
        return {name: size // PAGE_SIZE for name, size in self.sizes.items()}

    @property
    def total(self) -> int:
        """Bytes of all zones."""
        return sum(self.sizes.values())

    def marks(self, kernel: str) -> dict[str, Watermarks]:
        """The watermarks of each zone in this kernel version, in pages. Every zone must have a page."""
        given = self.watermarks
        if given is not None:
            return {ONE_ZONE: Watermarks(given.min // PAGE_SIZE, given.low // PAGE_SIZE, given.high // PAGE_SIZE)}
        return watermarks_of(
            self.pages,
            KernelVersion.parse(kernel),
            min_free_kbytes=None if self.min_free is None else self.min_free // 1024,
            thp=self.thp,
            watermark_scale_factor=self.watermark_scale_factor or SCALE_FACTOR,
        )
