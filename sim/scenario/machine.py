"""The `machine:` key: the clock and the processors."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from sim.spec import Spec, mistake
from sim.units import Duration
from sim.workload.distributions import Distribution, Lognormal


def _refuse_float(value: Any) -> Any:
    if isinstance(value, (bool, float)):
        raise mistake("int_type", "")
    return value


Hz = Annotated[Literal[100, 250, 300, 1000], BeforeValidator(_refuse_float)]
"""The values of CONFIG_HZ."""


_WAKEUP = Lognormal.model_validate({"median": "6 us", "sigma": 0.5})


class CostsSpec(Spec):
    """What the operations of a pool cost the task that does them."""

    attempt: Duration = Field(default=1_000, description="One call of alloc_fn, reclaim aside.")
    take: Duration = Field(default=500, description="One look into the reserve that finds an element.")
    free: Duration = Field(default=500, description="One free.")


class MachineSpec(Spec):
    """The machine that the tasks run on."""

    hz: Hz = Field(default=250, description="Jiffies per second (CONFIG_HZ).")
    cpus: int = Field(
        default=4,
        ge=1,
        le=8192,
        description="Processors; with one, woken tasks run one after the other, newest joiner first.",
    )
    wakeup_latency: Distribution = Field(default=_WAKEUP, description="From a wake-up until the task runs.")
    costs: CostsSpec = Field(default=CostsSpec(), description="What the operations of a pool cost.")
    start_jiffies: int = Field(
        default=0, ge=0, lt=1 << 62, description="The jiffies counter at the start; timer wheel borders depend on it."
    )
