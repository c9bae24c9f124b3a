import pytest

from sim.kernel import KernelBug, KernelWarning, MempoolError, NotInThisKernel, PoolCreationError


@pytest.mark.parametrize("error", [KernelBug, NotInThisKernel, PoolCreationError])
def test_whatever_a_mempool_refuses_is_a_mempool_error(error):
    assert issubclass(error, MempoolError)


def test_what_the_kernel_warns_of_is_a_warning_and_no_error():
    assert issubclass(KernelWarning, UserWarning)
    assert not issubclass(KernelWarning, MempoolError)
