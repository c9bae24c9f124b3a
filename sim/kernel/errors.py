"""What the kernel would BUG or WARN on, as exceptions and warnings.

MempoolError
 ├── KernelBug          the kernel would stop: BUG_ON, or a crash
 ├── PoolCreationError  mempool_create returns NULL: not every element of the reserve could be had
 └── NotInThisKernel    the kernel version in force has no such call
KernelWarning           (a warning) the kernel would print one: VM_WARN_ON_ONCE
"""


class MempoolError(Exception):
    """Anything that a mempool refuses."""


class KernelBug(MempoolError):
    """A use on which this kernel version would hit BUG_ON or crash."""


class PoolCreationError(MempoolError):
    """The reserve could not be filled at creation (-ENOMEM); what had been allocated was given back."""


class NotInThisKernel(MempoolError):
    """A call that the kernel version in force does not have."""


class KernelWarning(UserWarning):
    """A use on which this kernel version would warn and go on."""
