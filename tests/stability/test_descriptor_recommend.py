"""The default descriptor: what it says, where it keeps silent, and what it is worth."""

from __future__ import annotations

import pytest

from antiperovskite.errors import FormulaError, OptionError
from antiperovskite.ions import known_ions
from antiperovskite.stability.descriptors.recommend import (
    Predictor,
    predict,
    predict_space,
    recommended_descriptor,
    space_formulas,
)


def test_the_recommendation_states_its_reliability() -> None:
    best = recommended_descriptor()
    assert {entry.grouping for entry in best.reliability} == {"B anion", "A anion", "X cation"}
    assert "n = " in best.statement
    by_B = next(entry for entry in best.reliability if entry.grouping == "B anion")
    assert by_B.interval_auc is not None
    assert by_B.interval_auc[0] <= 0.5  # no claim beyond the B anions with labels


def test_inside_the_domain_there_is_an_answer_and_outside_there_is_none() -> None:
    inside, sulphide, selenide, pnictide = predict(["K3OBH4", "K3SI", "Li3SeBr", "Ca3NSb"])
    assert (inside.domain, inside.verdict) == ("inside", "favoured")
    assert (sulphide.domain, sulphide.verdict) == ("inside", "disfavoured")
    assert (selenide.domain, selenide.verdict) == ("outside", "no prediction")
    assert any("Se on B" in reason for reason in selenide.domain_reasons)
    assert (pnictide.domain, pnictide.probability.value) == ("not computable", None)


def test_literature_stands_beside_the_prediction() -> None:
    made, disputed, new = predict(["Li2(OH)Cl", "Li3OCl", "K3FS"])
    assert (made.label, disputed.label, new.label) == ("made", "disputed", "unlabelled")


def test_mixed_sites_are_outside() -> None:
    (found,) = predict(["Na3OCl0.5Br0.5"])
    assert found.domain == "outside"
    assert any("share a site" in reason for reason in found.domain_reasons)


def test_every_descriptor_can_be_asked() -> None:
    for name in ("seed_rule", "t_thermochemical", "hull", "logistic", "svm", "forest", "boosting", "logistic_hull"):
        (found,) = predict(["Na3OBr"], name)
        assert found.probability.value is not None
        assert 0.0 <= found.probability.value <= 1.0
    assert predict(["Na3OBr", "K3SI"], "forest", 5) == predict(["Na3OBr", "K3SI"], "forest", 5)


def test_bad_questions_are_refused() -> None:
    with pytest.raises(OptionError, match="unknown descriptor"):
        predict(["Na3OBr"], "astrology")
    with pytest.raises(OptionError, match="2D framework"):
        predict(["Na4OI2"])
    with pytest.raises(FormulaError):
        predict(["CaTiO3"])


def test_the_space_is_charge_balanced_and_marked() -> None:
    formulas = space_formulas()
    assert len(formulas) == len(set(formulas))
    assert {"Na3OCl", "Li2(OH)Br", "Ca3NSb"} <= set(formulas)
    charges = {symbol: ion.charge for symbol, ion in known_ions().items()}
    found = predict_space()
    assert [entry.formula for entry in found] == list(formulas)
    for entry in found:
        n_X = 2 if entry.B == "OH" and charges[entry.A] == -1 else 3
        assert n_X * charges[entry.X] + charges[entry.B] + charges[entry.A] == 0
        assert (entry.verdict == "no prediction") == (entry.domain != "inside")
        assert bool(entry.domain_reasons) == (entry.domain != "inside")


def test_labelled_compositions_are_inside_their_own_domain() -> None:
    predictor = Predictor()
    far = [row.formula for row in predictor.train.rows if predictor.domain(row, predictor.leverage(row))]
    # a few stand at the edge of their own set (largest anions); most may not
    assert len(far) <= 0.15 * len(predictor.train.rows)
