import pytest

from sim.plots.wording import wrapped_path


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("", [""]),
        ("pools.bio.min_nr", ["pools.bio.min_nr"]),
        ("machine.memory.min_free_kbytes", ["machine.memory.min_", "free_kbytes"]),
        ("a-kernel-of-6.12-with-one-pool", ["a-kernel-of-6.12-", "with-one-pool"]),
        ("the limit of all waits is 5 s", ["the limit of all", "waits is 5 s"]),
        ("v" * 30, ["v" * 20, "v" * 10]),
    ],
)
def test_a_long_path_is_broken_at_its_joints_but_not_within_a_number(path, lines):
    assert wrapped_path(path, 20).split("\n") == lines
