"""The size of a page: 4 KiB, as on most machines."""

PAGE_SHIFT = 12
PAGE_SIZE = 1 << PAGE_SHIFT
