"""The tool: its commands, found by listing, loaded when they are called."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from vle_analog.cli import listing
from vle_analog.cli.printing import ASKED, errors
from vle_analog.errors import VleAnalogError
from vle_analog.version import __version__

#: help is asked for in two ways, of the tool and of all commands
CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"]}


class Commands(TyperGroup):
    """All commands; what one of them needs is imported when it is called, or asked for help.

    Attributes:
        group: whose commands they are; empty for the tool's own.
    """

    group = ""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names, in order."""
        return listing.names(self.group)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A group of commands, or a stand-in with a command's name and the first words of its help; None if neither."""
        if cmd_name not in listing.names(self.group):
            return None
        name = self._whole(cmd_name)
        if listing.is_group(name):
            found = Commands(
                name=cmd_name,
                help=listing.help_of(name),
                no_args_is_help=True,
                rich_markup_mode="rich",
                context_settings=CONTEXT,
            )
            found.group = name
            return found
        return TyperCommand(cmd_name, help=listing.help_of(name), context_settings=CONTEXT)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """The command that is called, with its options."""
        if not self.group:
            ASKED.set(tuple(args))
        name, stand_in, rest = super().resolve_command(ctx, args)
        if stand_in is None or name is None or isinstance(stand_in, Commands):
            return name, stand_in, rest
        from vle_analog.cli.declare import command

        return name, command(self._whole(name), CONTEXT), rest

    def _whole(self, name: str) -> str:
        return f"{self.group} {name}".strip()


app = typer.Typer(
    cls=Commands,
    help="Turn equations, learning neural networks first of all, into op-amp circuits; simulate them in "
    "ngspice; and say how far they are from the ideal.",
    epilog="Start with: vle-analog run lorenz --out results/lorenz, then vle-analog run chain --rule vle",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings=CONTEXT,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"vle-analog {__version__}")
        raise typer.Exit


@app.callback()
def _group(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Options of the tool itself."""


def run() -> None:
    """Run what the command line says.

    Raises:
        SystemExit: always, with the code that the tool ends with.
    """
    try:
        app()
    except VleAnalogError as error:
        errors().print(f"error: {error}", markup=False)
        sys.exit(1)
