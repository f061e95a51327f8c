"""Study the published structures of Li2OHCl and write docs/table3.md with its figures.

python scripts/table3_study.py             # write the page from the shipped relaxations and pairs
python scripts/table3_study.py --check     # exit code 1 if a file on disk is out of date (no model runs)
python scripts/table3_study.py --pairs     # compute the pairs of patterns again (minutes, no model)
python scripts/table3_study.py --relax     # relax with the default engine, then the cross-check engines (an hour)
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "table3.md"
IMAGES = ROOT / "docs" / "images"
DATA = ROOT / "src" / "antiperovskite" / "diffraction" / "published_study" / "data"
CROSS_CHECKS = ("7net-mf-0-pbe", "7net-mf-0-r2scan")


def relax_all() -> None:
    """Relax what is not in the records yet."""
    from antiperovskite.diffraction.published_study.compute import compute, follow
    from antiperovskite.engines.registry import DEFAULT_ENGINE, get_engine

    leading = compute(get_engine(DEFAULT_ENGINE), DATA / f"{DEFAULT_ENGINE}.json", say)
    for name in CROSS_CHECKS:
        follow(get_engine(name), leading, DATA / f"{name}.json", say)


def pairs() -> None:
    """Compute every pair of patterns."""
    from antiperovskite._files import write_atomically
    from antiperovskite.diffraction.published_study.contrasts import all_pairs

    write_atomically(DATA / "contrasts.json", all_pairs(say).model_dump_json() + "\n")


def say(text: str) -> None:
    """Progress on stderr."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Write or check the page and its figures."""
    from antiperovskite.engines.threads import limit_threads

    limit_threads()
    if "--relax" in sys.argv[1:]:
        relax_all()
    if {"--relax", "--pairs"} & set(sys.argv[1:]):
        pairs()
    from generated_pages import write_or_check

    from antiperovskite.diffraction.published_study.study import table3_study
    from antiperovskite.report.table3_figures import figures
    from antiperovskite.report.table3_page import markdown

    study = table3_study()
    texts = {PAGE: markdown(study)}
    texts |= {IMAGES / f"table3-{name}.svg": text for name, text in figures(study).items()}
    return write_or_check(texts, "python scripts/table3_study.py")


if __name__ == "__main__":
    raise SystemExit(main())
