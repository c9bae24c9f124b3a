"""The command line, run inside the test process."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from sim.cli.main import main


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run `mempool-sim` with these arguments."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, prog_name="mempool-sim", catch_exceptions=False)

    return run
