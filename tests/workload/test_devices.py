import pytest
from pydantic import ValidationError

from sim.workload.devices import Device
from sim.workload.distributions import Constant


def test_a_device_has_a_latency_and_a_queue_depth():
    device = Device.model_validate({"latency": "80 us", "queue_depth": 64})
    assert device.latency == Constant("80 us")
    assert device.queue_depth == 64


def test_a_queue_depth_left_out_is_no_limit():
    device = Device.model_validate({"latency": "80 us"})
    assert device.queue_depth is None
    assert device.model_dump() == {"latency": "80 us"}


@pytest.mark.parametrize("depth", [0, -1, True, 1.5, None])
def test_a_queue_depth_is_a_whole_number_of_one_or_more(depth):
    with pytest.raises(ValidationError) as error:
        Device.model_validate({"latency": "80 us", "queue_depth": depth})
    assert [line["loc"] for line in error.value.errors()] == [("queue_depth",)]
