"""One module a command (or command group); each imports its science inside its functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def attach(app: typer.Typer) -> None:
    """Attach every command to the application."""
    from antiperovskite.cli.commands import (
        assess,
        carriers,
        concentrations,
        conductivity,
        contact,
        defects,
        descriptors,
        dft,
        diffusion,
        distil,
        distinguish,
        engines,
        evidence,
        hydration,
        identify,
        jumps,
        kmc,
        landscape,
        md,
        migrate,
        mixing,
        pattern,
        percolate,
        references,
        refine,
        reproduce,
        routes,
        sites,
        structure_group,
        study,
        tolerance,
        trajectory,
        window,
    )

    app.command("assess", epilog=assess.EXAMPLES)(assess.assess)
    app.command("reproduce", epilog=reproduce.EXAMPLES)(reproduce.reproduce)
    app.command("contact", epilog=contact.EXAMPLES)(contact.contact)
    app.command("hydration", epilog=hydration.EXAMPLES)(hydration.hydration)
    app.command("routes", epilog=routes.EXAMPLES)(routes.routes)
    app.command("window", epilog=window.EXAMPLES)(window.window)
    app.command("sites")(sites.sites)
    app.command("tolerance", epilog="Example:  antiperovskite tolerance Li3OCl Na3OBH4 --json")(tolerance.tolerance)
    app.add_typer(structure_group.app, name="structure")
    app.command(
        "pattern", epilog="Example:  antiperovskite pattern Li2OHCl --radiation neutron --isotope H=D --plot p.html"
    )(pattern.pattern)
    app.command("distinguish", epilog=distinguish.EXAMPLES)(distinguish.distinguish)
    app.command("identify", epilog=identify.EXAMPLES)(identify.identify)
    app.command("refine", epilog=refine.EXAMPLES)(refine.refine)
    app.command("md", epilog=md.EXAMPLES)(md.md)
    app.command("distil", epilog=distil.EXAMPLES)(distil.distil)
    app.command("conductivity", epilog=conductivity.EXAMPLES)(conductivity.conductivity)
    app.command("diffusion", epilog=diffusion.EXAMPLES)(diffusion.diffusion)
    app.command("defects", epilog=defects.EXAMPLES)(defects.defects)
    app.command("concentrations", epilog=concentrations.EXAMPLES)(concentrations.concentrations)
    app.command("carriers", epilog=carriers.EXAMPLES)(carriers.carriers)
    app.command("mixing", epilog=mixing.EXAMPLES)(mixing.mixing)
    app.command("migrate", epilog=migrate.EXAMPLES)(migrate.migrate)
    app.command("kmc", epilog=kmc.EXAMPLES)(kmc.kmc)
    app.command("landscape", epilog=landscape.EXAMPLES)(landscape.landscape)
    app.command("percolate", epilog=percolate.EXAMPLES)(percolate.percolate)
    app.command("jumps", epilog=jumps.EXAMPLES)(jumps.jumps)
    app.add_typer(evidence.app, name="evidence")
    app.add_typer(references.app, name="references")
    app.add_typer(descriptors.app, name="descriptors")
    app.add_typer(engines.app, name="engines")
    app.add_typer(dft.app, name="dft")
    app.add_typer(study.app, name="study")
    app.add_typer(trajectory.app, name="trajectory")
