"""Formulas of the literature on their sites; typed from the chemistry, checked against charge and site counts."""

from __future__ import annotations

import pytest

from antiperovskite.composition import resolve
from antiperovskite.composition.examples import EXAMPLES
from antiperovskite.composition.rules import RULES
from antiperovskite.ions import known_ions

# given: (X, B, A, family, framework, vacancies)
TABLE = {
    "Li3OCl": ({"Li": 3}, {"O": 1}, {"Cl": 1}, "cubic", "3D", 0),
    "Li3OCl0.5Br0.5": ({"Li": 3}, {"O": 1}, {"Cl": 0.5, "Br": 0.5}, "mixed", "3D", 0),
    "Li2OHCl": ({"Li": 2}, {"OH": 1}, {"Cl": 1}, "hydrated", "3D", 1),
    "Li2(OH)Br": ({"Li": 2}, {"OH": 1}, {"Br": 1}, "hydrated", "3D", 1),
    "Li2(OH)0.9F0.1Cl": ({"Li": 2}, {"OH": 0.9, "F": 0.1}, {"Cl": 1}, "hydrated", "3D", 1),
    "Li2.5(OH)0.5Cl": ({"Li": 2.5}, {"OH": 0.5, "O": 0.5}, {"Cl": 1}, "hydrated", "3D", 0.5),
    "Na3OBH4": ({"Na": 3}, {"O": 1}, {"BH4": 1}, "cubic", "3D", 0),
    "Na3O(BH4)": ({"Na": 3}, {"O": 1}, {"BH4": 1}, "cubic", "3D", 0),
    "Na3NO3": ({"Na": 3}, {"O": 1}, {"NO2": 1}, "cubic", "3D", 0),
    "Na3ONO2": ({"Na": 3}, {"O": 1}, {"NO2": 1}, "cubic", "3D", 0),
    "Na3OCN": ({"Na": 3}, {"O": 1}, {"CN": 1}, "cubic", "3D", 0),
    "Li3SBF4": ({"Li": 3}, {"S": 1}, {"BF4": 1}, "cubic", "3D", 0),
    "Na3S(BCl4)0.5I0.5": ({"Na": 3}, {"S": 1}, {"BCl4": 0.5, "I": 0.5}, "mixed", "3D", 0),
    "Na3FSO4": ({"Na": 3}, {"F": 1}, {"SO4": 1}, "cubic", "3D", 0),
    "Li3HS": ({"Li": 3}, {"H": 1}, {"S": 1}, "hydride", "3D", 0),
    "Na3HSe": ({"Na": 3}, {"H": 1}, {"Se": 1}, "hydride", "3D", 0),
    "Na2.9H(Se0.9I0.1)": ({"Na": 2.9}, {"H": 1}, {"Se": 0.9, "I": 0.1}, "hydride", "3D", 0.1),
    "Li6OSI2": ({"Li": 6}, {"O": 1, "S": 1}, {"I": 2}, "double", "3D", 0),
    "Na4OI2": ({"Na": 4}, {"O": 1}, {"I": 2}, "ruddlesden-popper", "2D", 0),
    "Na3LiS0.5O0.5I2": ({"Na": 3, "Li": 1}, {"S": 0.5, "O": 0.5}, {"I": 2}, "ruddlesden-popper", "2D", 0),
    "Li4OCl2": ({"Li": 4}, {"O": 1}, {"Cl": 2}, "ruddlesden-popper", "2D", 0),
    "Li5OCl3": ({"Li": 5}, {"O": 1}, {"Cl": 3}, "chain", "1D", 0),
    "Li6OCl4": ({"Li": 6}, {"O": 1}, {"Cl": 4}, "cluster", "0D", 0),
    "Li2NaOCl": ({"Li": 2, "Na": 1}, {"O": 1}, {"Cl": 1}, "mixed", "3D", 0),
    "LiNa2OCl": ({"Li": 1, "Na": 2}, {"O": 1}, {"Cl": 1}, "mixed", "3D", 0),
    "Li2.75Ca0.125OCl": ({"Li": 2.75, "Ca": 0.125}, {"O": 1}, {"Cl": 1}, "mixed", "3D", 0.125),
    "Na2.75Ca0.125OCl": ({"Na": 2.75, "Ca": 0.125}, {"O": 1}, {"Cl": 1}, "mixed", "3D", 0.125),
    "Li2FeOS": ({"Li": 2, "Fe": 1}, {"O": 1}, {"S": 1}, "cathode", "3D", 0),
    "Li2FeSO": ({"Li": 2, "Fe": 1}, {"O": 1}, {"S": 1}, "cathode", "3D", 0),
    "Li2MnOSe": ({"Li": 2, "Mn": 1}, {"O": 1}, {"Se": 1}, "cathode", "3D", 0),
    "Na2Fe2OS2": ({"Na": 2, "Fe": 2}, {"O": 1}, {"S": 2}, "cathode", "2D", 0),
    "Mg3NAs": ({"Mg": 3}, {"N": 1}, {"As": 1}, "multivalent", "3D", 0),
    "Ca3PSb": ({"Ca": 3}, {"P": 1}, {"Sb": 1}, "multivalent", "3D", 0),
    "Ag3SI": ({"Ag": 3}, {"S": 1}, {"I": 1}, "cubic", "3D", 0),
    # further compositions of the literature
    "Li3OBr": ({"Li": 3}, {"O": 1}, {"Br": 1}, "cubic", "3D", 0),
    "Na3OI": ({"Na": 3}, {"O": 1}, {"I": 1}, "cubic", "3D", 0),
    "K3OCl": ({"K": 3}, {"O": 1}, {"Cl": 1}, "cubic", "3D", 0),
    "Na3SI": ({"Na": 3}, {"S": 1}, {"I": 1}, "cubic", "3D", 0),
    "Na3FS": ({"Na": 3}, {"F": 1}, {"S": 1}, "cubic", "3D", 0),
    "Li3HTe": ({"Li": 3}, {"H": 1}, {"Te": 1}, "hydride", "3D", 0),
    "Li3SAlH4": ({"Li": 3}, {"S": 1}, {"AlH4": 1}, "cubic", "3D", 0),
    "Li3OCl0.5(BH4)0.5": ({"Li": 3}, {"O": 1}, {"Cl": 0.5, "BH4": 0.5}, "mixed", "3D", 0),
    "Na3O(NH2)0.5(BH4)0.5": ({"Na": 3}, {"O": 1}, {"NH2": 0.5, "BH4": 0.5}, "mixed", "3D", 0),
    "Na3OBr0.6I0.4": ({"Na": 3}, {"O": 1}, {"Br": 0.6, "I": 0.4}, "mixed", "3D", 0),
    "Li2.9Mg0.05OCl": ({"Li": 2.9, "Mg": 0.05}, {"O": 1}, {"Cl": 1}, "mixed", "3D", 0.05),
    "Li2.5OH0.5Cl": ({"Li": 2.5}, {"OH": 0.5, "O": 0.5}, {"Cl": 1}, "hydrated", "3D", 0.5),
    "Li2OHF0.1Cl0.9": ({"Li": 2}, {"OH": 1}, {"F": 0.1, "Cl": 0.9}, "hydrated", "3D", 1),
    "Li2OHCl0.5Br0.5": ({"Li": 2}, {"OH": 1}, {"Cl": 0.5, "Br": 0.5}, "hydrated", "3D", 1),
    "Li1.9OHCl0.9": ({"Li": 1.9}, {"OH": 1}, {"Cl": 0.9}, "hydrated", "3D", 1.1),
    "Li2ODCl": ({"Li": 2}, {"OH": 1}, {"Cl": 1}, "hydrated", "3D", 1),
    "Li5(OH)2Br3": ({"Li": 5}, {"OH": 2}, {"Br": 3}, "hydrated", "2D", 2),
    "Na6OSI2": ({"Na": 6}, {"O": 1, "S": 1}, {"I": 2}, "double", "3D", 0),
    "Na4OICl": ({"Na": 4}, {"O": 1}, {"I": 1, "Cl": 1}, "ruddlesden-popper", "2D", 0),
    "Na4S0.5O0.5I2": ({"Na": 4}, {"S": 0.5, "O": 0.5}, {"I": 2}, "ruddlesden-popper", "2D", 0),
    "Li7O2Br3": ({"Li": 7}, {"O": 2}, {"Br": 3}, "ruddlesden-popper", "2D", 0),
    "Li10O3Br4": ({"Li": 10}, {"O": 3}, {"Br": 4}, "ruddlesden-popper", "2D", 0),
    "Li2Fe0.9Co0.1OS": ({"Li": 2, "Fe": 0.9, "Co": 0.1}, {"O": 1}, {"S": 1}, "cathode", "3D", 0),
    "LiFeOS": ({"Li": 1, "Fe": 1}, {"O": 1}, {"S": 1}, "cathode", "3D", 1),
    "Li2O·LiCl": ({"Li": 3}, {"O": 1}, {"Cl": 1}, "cubic", "3D", 0),
    "Li6O2Cl2": ({"Li": 6}, {"O": 2}, {"Cl": 2}, "cubic", "3D", 0),
}


@pytest.mark.parametrize("given", TABLE)
def test_sites_family_and_framework(given: str) -> None:
    x, b, a, family, framework, vacancies = TABLE[given]
    formula = resolve(given)
    assert formula.sites.model_dump() == {"X": x, "B": b, "A": a}
    assert (formula.family, formula.framework) == (family, framework)
    assert formula.vacancies == pytest.approx(vacancies, abs=1e-9)
    assert formula.multiplicity == pytest.approx(sum(b.values()))
    assert formula.charge == 0
    assert formula.given == given


@pytest.mark.parametrize("given", [name for name in TABLE if name != "LiFeOS"])
def test_the_expectations_themselves_are_neutral_and_fill_the_sites(given: str) -> None:
    x, b, a, _, _, vacancies = TABLE[given]
    ions = known_ions()
    assert sum(n * ions[s].charge for site in (x, b, a) for s, n in site.items()) == pytest.approx(0)
    n_x, n_b, n_a = (sum(site.values()) for site in (x, b, a))
    if given != "Li1.9OHCl0.9":  # the one with empty A sites
        assert n_x + vacancies == pytest.approx(2 * n_b + n_a)


def test_every_promised_formula_is_in_the_table() -> None:
    assert set(EXAMPLES) <= set(TABLE)
    assert len(set(EXAMPLES)) == len(EXAMPLES) == 34


@pytest.mark.parametrize("given", TABLE)
def test_canonical_text_resolves_to_itself(given: str) -> None:
    first = resolve(given)
    again = resolve(first.canonical)
    assert again.canonical == first.canonical
    assert again.model_dump(exclude={"formula", "given", "notes"}) == first.model_dump(
        exclude={"formula", "given", "notes"}
    )


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("Li2OHCl", "Li2(OH)Cl"),
        ("Na3NO3", "Na3O(NO2)"),
        ("Li2FeSO", "Li2FeOS"),
        ("Na3LiS0.5O0.5I2", "LiNa3O0.5S0.5I2"),
        ("Li2.5(OH)0.5Cl", "Li2.5O0.5(OH)0.5Cl"),
        ("Na2.9H(Se0.9I0.1)", "Na2.9HSe0.9I0.1"),
    ],
)
def test_canonical_text(given: str, canonical: str) -> None:
    assert resolve(given).canonical == canonical


def test_elements_and_whole_amounts() -> None:
    assert resolve("Li2.5(OH)0.5Cl").elements == {"Li": 2.5, "O": 1.0, "H": 0.5, "Cl": 1.0}
    assert resolve("Na3O(BH4)").elements == {"Na": 3.0, "O": 1.0, "B": 1.0, "H": 4.0}
    assert resolve("Li6OSI2").stoichiometric
    assert not resolve("Li3OCl0.5Br0.5").stoichiometric


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        ("Li3OCl", []),
        ("LiNa2OCl", []),
        ("Na3O(BH4)", ["R1"]),
        ("Na3NO3", ["R2"]),
        ("Li2ODCl", ["R3", "R2", "R8"]),
        ("LiFeOS", ["R4", "R7", "R8", "R11"]),
        ("Li2.5(OH)0.5Cl", ["R1", "R5", "R8", "R11"]),
        ("Li2FeOS", ["R7", "R11"]),
        ("Li6OSI2", ["R7", "R11"]),
        ("Li1.9OHCl0.9", ["R2", "R8", "R9"]),
        ("Li7O2Br3", ["R10"]),
        ("Na2Fe2OS2", ["R7", "R10", "R11"]),
        ("Li2.667(OH)0.333O0.667Cl", ["R1", "R8", "R11"]),
        ("Li2.99Mg0.003OCl", ["R8", "R12"]),
    ],
)
def test_the_rules_that_decided_are_quoted(given: str, rules: list[str]) -> None:
    notes = resolve(given).notes
    quoted = [note.split(":")[0] for note in notes]
    assert sorted(quoted) == sorted(rules)
    assert all(f"[{RULES[rule]}]" in note for rule, note in zip(quoted, notes, strict=True))
