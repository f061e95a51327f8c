"""The main job with the real default engine, on the formulas the project promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from antiperovskite.assessment import Assessment, assess
from antiperovskite.quantity import Quantity
from antiperovskite.store import ResultStore

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]
FORMULAS = ("Li3OCl", "Li3OBr", "Li2OHCl", "Na3OCl", "Na3OBr")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Assessment]:
    store = ResultStore(Path(tmp_path_factory.mktemp("store")) / "store.sqlite")
    found = {item.formula: item for item in assess(FORMULAS, store=store)}
    store.close()
    return found


def number(results: dict[str, Assessment], formula: str, name: str) -> Quantity:
    quantity = results[formula].quantities[name]
    assert isinstance(quantity, Quantity), quantity
    return quantity


def test_nothing_failed(results: dict[str, Assessment]) -> None:
    assert [item.failures for item in results.values()] == [()] * len(FORMULAS)


def test_lattice_of_li3ocl(results: dict[str, Assessment]) -> None:
    """Reckeweg 2012: a = 3.907 angstrom at room temperature."""
    assert number(results, "Li3OCl", "lattice_a").value == pytest.approx(3.907, rel=0.01)


@pytest.mark.parametrize(("formula", "sign"), [("Li3OCl", 1), ("Li3OBr", 1), ("Na3OCl", -1), ("Na3OBr", -1)])
def test_lithium_oxyhalides_form_uphill_and_sodium_ones_downhill(
    results: dict[str, Assessment], formula: str, sign: int
) -> None:
    assert number(results, formula, "reaction_energy_from_binaries").value * sign > 0


def test_hydration_of_dry_li3ocl_is_strongly_exothermic(results: dict[str, Assessment]) -> None:
    hydration = number(results, "Li3OCl", "hydration_energy")
    assert hydration.unit == "eV/H2O"
    assert hydration.value < -0.5
    assert hydration.uncertainty is not None


def test_hydrogen_hides_from_x_rays_not_from_neutrons(results: dict[str, Assessment]) -> None:
    assert number(results, "Li2OHCl", "visibility_xray_H").value < 0.05
    assert number(results, "Li2OHCl", "visibility_neutron_H").value > 0.15


def test_neutrons_tell_dry_from_hydrated_better(results: dict[str, Assessment]) -> None:
    for formula in ("Li3OCl", "Li2OHCl"):
        xray = number(results, formula, "dry_hydrated_contrast_xray").value
        assert number(results, formula, "dry_hydrated_contrast_neutron").value > 2 * xray


def test_every_number_has_unit_method_and_source(results: dict[str, Assessment]) -> None:
    for item in results.values():
        for quantity in item.quantities.values():
            assert quantity.unit
            assert quantity.method
            if isinstance(quantity, Quantity):
                assert quantity.source
                assert quantity.uncertainty is not None or "uncertainty" in quantity.method


def test_verdicts_are_drawn(results: dict[str, Assessment]) -> None:
    answers = {v.question: v.answer for v in results["Li3OCl"].verdicts}
    assert answers["Is it favoured over its simple salts?"] in {"no", "unlikely"}
    assert answers["Does it survive contact with water?"] in {"no", "unlikely"}
