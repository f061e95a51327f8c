"""Results of the descriptor study, frozen and serialisable."""

from __future__ import annotations

from pydantic import Field

from antiperovskite._model import Model
from antiperovskite.quantity import AnyQuantity
from antiperovskite.stability.descriptors.labels import LabelCount


class ReliabilityBin(Model):
    """Predictions between two probabilities: how many, their mean, and the share that was made."""

    low: float
    high: float
    n: int
    mean_probability: AnyQuantity
    share_made: AnyQuantity


class Evaluation(Model):
    """One descriptor judged on compositions whose group it never saw.

    ``interval_*`` are 95 % percentile intervals of a bootstrap over groups (``None`` where there are too few groups);
    ``p_*`` come from a permutation of label blocks, ``p_holm`` is that of the AUC adjusted for all descriptors
    compared under this grouping. ``left_out`` names the compositions without the descriptor, each with
    the reason.
    """

    descriptor: str
    title: str
    kind: str
    grouping: str
    n_made: int
    n_not_made: int
    n_groups: int
    balanced_accuracy: AnyQuantity
    interval_balanced_accuracy: tuple[float, float] | None
    auc: AnyQuantity
    interval_auc: tuple[float, float] | None
    brier: AnyQuantity
    p_balanced_accuracy: float | None
    p_auc: float | None
    p_holm: float | None
    reliability: tuple[ReliabilityBin, ...] = ()
    left_out: tuple[str, ...] = ()
    wrong: tuple[str, ...] = Field(default=(), description="compositions on the wrong side of 1/2")
    leak: str = Field(default="", description="why a good score would prove little")


class Variant(Model):
    """The same evaluation with the labels read another way."""

    variant: str
    descriptor: str
    grouping: str
    n_made: int
    n_not_made: int
    balanced_accuracy: AnyQuantity
    auc: AnyQuantity


class Transfer(Model):
    """A descriptor trained on the core and asked about another family."""

    family: str
    descriptor: str
    n_made: int
    n_not_made: int
    n_not_computable: int
    recall_made: AnyQuantity
    interval_recall: tuple[float, float] | None
    recall_not_made: AnyQuantity


class Study(Model):
    """The descriptor study; the JSON of ``antiperovskite descriptors study``."""

    question: str
    answer: str
    recommended: str
    recommended_because: str
    beats_baseline: tuple[str, ...] = Field(description="descriptors better than the B anion record")
    seed: int
    settings: str
    n_made: int
    n_not_made: int
    counts: tuple[LabelCount, ...]
    evaluations: tuple[Evaluation, ...]
    variants: tuple[Variant, ...]
    transfer: tuple[Transfer, ...]
    cautions: tuple[str, ...]


class Reliability(Model):
    """How the recommended descriptor did under one grouping."""

    grouping: str
    n: int
    balanced_accuracy: AnyQuantity
    interval_balanced_accuracy: tuple[float, float] | None
    auc: AnyQuantity
    interval_auc: tuple[float, float] | None
    p_holm: float | None
    wrong: tuple[str, ...]


class Recommendation(Model):
    """The default descriptor and what it is worth."""

    descriptor: str
    title: str
    because: str
    statement: str = Field(description="its stated reliability in words")
    reliability: tuple[Reliability, ...]
    seed: int


class Prediction(Model):
    """What the recommended descriptor says about one composition, and whether it may be asked."""

    formula: str
    X: str
    B: str
    A: str
    probability: AnyQuantity
    verdict: str = Field(description="'favoured', 'disfavoured' or 'no prediction', by the descriptor alone")
    domain: str = Field(description="'inside', 'outside' or 'not computable'")
    domain_reasons: tuple[str, ...] = ()
    leverage: AnyQuantity
    record: str = Field(description="how many labelled compositions with the same B anion were made, and not")
    label: str = Field(description="what the literature says: a status, or 'unlabelled'")
    seed_rule: bool = Field(description="whether the perspective's B anion rule says yes")
