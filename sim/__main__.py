"""`python -m sim`: the same as `mempool-sim`."""

from sim.cli.main import main

main(prog_name="mempool-sim")
