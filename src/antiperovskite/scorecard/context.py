"""What capabilities share in one run: engine, depth, store, and every assessment made so far."""

from __future__ import annotations

from antiperovskite.assessment import Assessment, assess
from antiperovskite.assessment.options import Progress, choose_options
from antiperovskite.engines.registry import DEFAULT_ENGINE, get_engine
from antiperovskite.errors import AntiperovskiteError, EngineError, MissingEngineError, StoreError
from antiperovskite.quantity import AnyQuantity, NotComputed
from antiperovskite.store import ResultStore


def _silent(_step: str, _detail: str) -> None:
    """Report no progress."""


class Context:
    """Engine, depth and store of a run; each formula is assessed at most once.

    Parameters
    ----------
    engine, depth
        As for :func:`antiperovskite.assessment.assess`.
    store
        Where finished steps are kept; the user's own store by default.
    progress
        Called with (step, detail).

    Raises
    ------
    OptionError
        Unknown engine or depth.
    """

    def __init__(
        self,
        *,
        engine: str = DEFAULT_ENGINE,
        depth: str = "quick",
        store: ResultStore | None = None,
        progress: Progress | None = None,
    ) -> None:
        options = choose_options(depth, engine)  # wrong options must fail before any work
        self.engine, self.depth, self.store = options.engine, options.depth, store
        self.progress = progress or _silent
        self._found: dict[tuple[str, bool], Assessment | AntiperovskiteError] = {}
        self._missing: MissingEngineError | None = None

    @property
    def for_verdicts(self) -> bool:
        """Whether the engine's energies may decide anything."""
        return get_engine(self.engine).card.for_verdicts

    def assessment(self, formula: str, *, phonons: bool = False) -> Assessment:
        """Assess a formula, or return what was found before in this run; with phonons only where a claim asks for them.

        Raises
        ------
        AntiperovskiteError
            The same error again for a formula that failed before; MissingEngineError for every formula once the engine
            was found missing.
        """
        if self._missing is not None:
            raise self._missing
        key = (formula, phonons)
        if key not in self._found:
            self._found[key] = self._assess(formula, phonons)
        found = self._found[key]
        if isinstance(found, AntiperovskiteError):
            raise found
        return found

    def _assess(self, formula: str, phonons: bool) -> Assessment | AntiperovskiteError:
        how = {"depth": self.depth, "engine": self.engine}
        try:
            return assess(formula, **how, store=self.store, progress=self.progress, phonons=phonons)[0]
        except StoreError:
            raise  # nothing that follows could work either
        except MissingEngineError as error:
            self._missing = error
            raise
        except AntiperovskiteError as error:
            return error

    def quantity(self, formula: str, name: str) -> AnyQuantity:
        """Return a quantity of the formula's assessment.

        A quantity that is not defined comes back as NotComputed; one that is missing because a step failed raises.

        Raises
        ------
        EngineError
            A step of the assessment failed, so the quantity could not be computed.
        """
        assessment = self.assessment(formula, phonons="phonon" in name)
        found = assessment.quantities.get(name)
        if found is None:
            self.raise_failure(assessment)
            return NotComputed(unit="1", method=f"{name} is not defined for {formula}")
        if isinstance(found, NotComputed) and found.method in {failure.reason for failure in assessment.failures}:
            self.raise_failure(assessment)
        return found

    def raise_failure(self, assessment: Assessment) -> None:
        """Raise if a step without which nothing follows has failed.

        Raises
        ------
        EngineError
            With the step and its reason.
        """
        for failure in assessment.failures:
            if failure.step != "cross-check":  # costs the uncertainty, not the value
                raise EngineError(f"{assessment.formula}: {failure.step}: {failure.reason}")
