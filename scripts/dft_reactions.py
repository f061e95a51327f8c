"""Compute the phases of the reactions that decide the claims with GPAW; interrupt at will, the same command resumes.

    python scripts/dft_reactions.py compute [--scratch DIR]     # hours on one core; one file a finished phase
    python scripts/dft_reactions.py converge [--scratch DIR]    # numerical tests of three reactions
    python scripts/dft_reactions.py collect [--scratch DIR]     # finished phases into the shipped file

`collect` needs no GPAW. Needs GPAW for the rest: see docs/dft.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from antiperovskite.stability.dft.build import collect, compute_planned, converge

SHIPPED = Path(__file__).parents[1] / "src/antiperovskite/stability/dft/data/gpaw-pbe.json"
SCRATCH = Path("dft-results")


def main() -> None:
    """Run one of the three steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["compute", "converge", "collect"])
    parser.add_argument("--scratch", type=Path, default=SCRATCH, help="directory of the finished phases")
    options = parser.parse_args()
    if options.step == "compute":
        compute_planned(options.scratch, report=lambda line: print(line, flush=True))
    elif options.step == "converge":
        converge(options.scratch, report=lambda line: print(line, flush=True))
    else:
        found = collect(options.scratch, SHIPPED)
        print(f"{len(found.phases)} phases, {len(found.checks)} convergence checks: {SHIPPED}")


if __name__ == "__main__":
    main()
