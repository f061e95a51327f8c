"""``antiperovskite evidence claims``: checkable statements of the literature and how the field judges them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from antiperovskite.evidence.claims import Claim

EXAMPLES = 'Example:  antiperovskite evidence claims --property "activation energy" --json'


def claims(
    property_text: Annotated[
        str | None, typer.Option("--property", "-p", help="Part of a property's name, such as 'barrier'.")
    ] = None,
    formula: Annotated[
        str | None, typer.Option("--formula", "-f", help="Only claims that concern this formula.")
    ] = None,
    subject: Annotated[str | None, typer.Option("--subject", "-s", help="Part of the subject, such as 'film'.")] = None,
    standing: Annotated[
        str | None, typer.Option("--standing", help="How the field judges it, such as disputed or 'not reproduced'.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """Print what has been claimed, by whom, how it was obtained and how the field judges it.

    Claims come from the 2021 perspective and from later work. Filters combine; formulas match by their sites. A claim
    says what somebody stated, never what this program found: for that see "antiperovskite reproduce".
    """
    from antiperovskite.cli.output import print_json, print_note
    from antiperovskite.evidence.claim_query import find_claims

    found = find_claims(property_text, subject=subject, formula=formula, standing=standing)
    if as_json:
        print_json([record(claim) for claim in found])
        return
    if not found:
        print_note("no claim fits all of these filters")
        return
    typer.echo("\n\n".join(_entry(claim) for claim in found))
    uncertain = sum(claim.reading == "uncertain" for claim in found)
    print_note("1 claim" if len(found) == 1 else f"{len(found)} claims")
    if uncertain:
        print_note(f"? marks an uncertain reading ({uncertain}); the reasons are in --json")


def record(claim: Claim) -> dict[str, Any]:
    """A claim as JSON: its own fields and the resolved references."""
    from antiperovskite.citations import citation

    works = [citation(key) for key in claim.citations]
    references = [{**work.model_dump(mode="json"), "text": work.text} for work in works]
    return {**claim.model_dump(mode="json"), "reference": references}


def _entry(claim: Claim) -> str:
    """One claim as a short paragraph: a table of sentences would be too wide for any terminal."""
    from antiperovskite.citations import citation

    mark = "? " if claim.reading == "uncertain" else ""
    works = "; ".join(citation(key).short for key in claim.citations)
    basis = "; ".join(part for part in (claim.conditions, claim.method, works) if part)
    doubt = f" ({claim.standing_reason})" if claim.standing_reason else ""
    head = f"{mark}{claim.id}  {claim.subject}, {claim.property}: {_claimed(claim)}"
    lines = [head, claim.statement, basis, f"{claim.standing}{doubt}"]
    return "\n    ".join(lines)


def _claimed(claim: Claim) -> str:
    """The value with its sign for a limit or an approximation, or the words."""
    if claim.value is None or (claim.words and claim.value.value == 0):
        return claim.words  # zero stands for the limit of "positive" or "stable", not for a value
    sign = claim.printed[0] if claim.printed[:1] in ("<", ">", "~") else ""
    low = claim.value
    return f"{sign}{low.value:.4g} to {claim.value_upper}" if claim.value_upper else f"{sign}{low}"
