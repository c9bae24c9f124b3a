"""What `import sim` offers."""

import subprocess
import sys

import pytest

import sim


def test_the_public_names_are_these():
    assert sorted(sim.__all__) == [
        "Report",
        "Result",
        "Scenario",
        "ScenarioError",
        "__version__",
        "compare",
        "load",
        "report",
        "run",
        "size",
        "sweep",
        "verify",
    ]


@pytest.mark.parametrize("name", sim.__all__)
def test_each_name_is_there(name):
    assert getattr(sim, name) is not None
    assert name in dir(sim)


def test_another_name_is_not():
    with pytest.raises(AttributeError, match="module 'sim' has no attribute 'laod'"):
        sim.laod  # noqa: B018


def test_importing_the_package_imports_nothing_else():
    program = "import sys; before = set(sys.modules); import sim; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in done.stdout.split()} <= {"sim", "importlib", "warnings", "typing"} | set(
        sys.stdlib_module_names
    )
