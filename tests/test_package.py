"""The package as a whole: instant import, a complete export table, documented modules."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import antiperovskite

HEAVY = ("torch", "sevenn", "pymatgen", "matplotlib", "pandas", "numpy", "scipy", "ase", "plotly")
SOURCE = ast.parse(Path(antiperovskite.__file__).read_text(encoding="utf-8"))
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(antiperovskite.__path__, "antiperovskite.")
    if "._" not in module.name
)


def loaded_after(code: str) -> set[str]:
    """Run code in a fresh interpreter and return the top-level modules it loaded."""
    script = f"{code}\nimport sys\nprint('MODULES', *{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("MODULES")[2].split())


def test_import_loads_nothing_heavy() -> None:
    assert loaded_after("import antiperovskite") & set(HEAVY) == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["assess", "--help"], ["sites", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        f"import sys; sys.argv = ['antiperovskite', *{arguments!r}]\n"
        "from antiperovskite.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code"
    )
    assert loaded_after(code) & set(HEAVY) == set()


def type_checking_imports() -> dict[str, str]:
    """Read ``name -> module`` from the ``if TYPE_CHECKING:`` block of the package."""
    found: dict[str, str] = {}
    for node in SOURCE.body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for statement in node.body:
                assert isinstance(statement, ast.ImportFrom)
                found |= {alias.name: str(statement.module) for alias in statement.names}
    return found


def test_export_list_is_sorted_and_agrees_with_both_tables() -> None:
    names = list(antiperovskite.__all__)
    assert names == sorted(names)
    assert type_checking_imports() == antiperovskite._EXPORTS
    assert set(names) == {*antiperovskite._EXPORTS, "__version__"}
    assert dir(antiperovskite) == names


@pytest.mark.parametrize("name", antiperovskite.__all__)
def test_every_export_exists_and_is_documented(name: str) -> None:
    exported = getattr(antiperovskite, name)
    assert exported.__doc__


def test_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'asses'"):
        antiperovskite.asses  # noqa: B018


def test_version_is_that_of_the_installed_package() -> None:
    from importlib.metadata import version

    assert antiperovskite.__version__ == version("antiperovskite")


@pytest.mark.parametrize("name", MODULES)
def test_every_module_imports_and_says_what_it_is(name: str) -> None:
    """Importing any module is safe without the optional engines; heavy libraries load inside functions."""
    module = importlib.import_module(name)
    assert module.__doc__
    assert module.__doc__.strip()


@pytest.mark.parametrize("name", [n for n in MODULES if ".data" not in n])
def test_all_lists_are_honest(name: str) -> None:
    module = importlib.import_module(name)
    for exported in getattr(module, "__all__", []):
        assert hasattr(module, exported), f"{name}.__all__ names {exported}, which is not there"


def test_the_package_says_it_is_typed() -> None:
    assert (Path(antiperovskite.__file__).parent / "py.typed").is_file()
