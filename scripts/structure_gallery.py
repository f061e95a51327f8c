"""Write docs/gallery.md and its pictures: every structure family with space group, picture and relaxed lattice.

python scripts/structure_gallery.py           # write the page and the pictures from the shipped records
python scripts/structure_gallery.py --check   # exit code 1 if a file on disk is out of date; needs no engine
python scripts/structure_gallery.py --relax   # relax what has no record yet (resumable), then write
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "src" / "antiperovskite" / "structures" / "data" / "gallery.json"
ENGINE = "7net-0"


def relax_missing(names: list[str]) -> int:
    """Relax every entry without a record, small cells first; each record is kept as soon as it is there."""
    from antiperovskite._files import read_record, write_atomically
    from antiperovskite.engines import get_engine, relax
    from antiperovskite.engines.threads import limit_threads
    from antiperovskite.errors import AntiperovskiteError
    from antiperovskite.structures.gallery import Records, entries, force_criterion, relax_entry

    limit_threads()
    engine = get_engine(ENGINE)

    def relax_one(structure: Any) -> Any:
        return relax(structure, engine, fmax=force_criterion(len(structure)), keep_symmetry=True, max_steps=300)

    done = {item.name: item for item in read_record(DATA, Records, "gallery records").records} if DATA.is_file() else {}
    wanted = [entry for entry in entries() if not entry.amorphous and (not names or entry.name in names)]
    wanted = [entry for entry in wanted if names or entry.name not in done]
    failures = 0
    for entry in sorted(wanted, key=lambda entry: len(entry.build().roles)):
        try:
            done[entry.name] = relax_entry(entry, relax_one)
        except AntiperovskiteError as error:
            failures += 1
            print(f"{entry.name}: {error}", file=sys.stderr)
            continue
        record = done[entry.name]
        print(f"{entry.name}: {record.start_spacegroup} -> {record.spacegroup}, a = {record.a.value:.4f}", flush=True)
        order = [item.name for item in entries()]
        kept = sorted((r for r in done.values() if r.name in order), key=lambda r: order.index(r.name))
        text = Records(made_by="scripts/structure_gallery.py --relax", records=tuple(kept)).model_dump_json()
        write_atomically(DATA, text + "\n")
    return 1 if failures else 0


def main() -> int:
    """Relax, write or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relax", action="store_true", help="relax entries without a record")
    parser.add_argument("--only", nargs="*", default=[], help="with --relax: these entries, again")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if something is out of date")
    options = parser.parse_args()
    if options.relax and relax_missing(options.only):
        return 1
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from generated_pages import write_or_check
    from structure_gallery_page import pages

    return write_or_check(pages(), "python scripts/structure_gallery.py")


if __name__ == "__main__":
    sys.exit(main())
