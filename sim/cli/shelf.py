"""The commands about what ships: list, new, schema."""

import sys
from typing import Annotated

from sim.cli.common import Json, Out, argument, command, option, print_json


@command(name="list")
def list_(
    name: Annotated[str | None, argument("NAME", "Whatever the list names, or a file.")] = None,
    json: Json = False,
) -> None:
    """List what ships; of one, what it is and its YAML."""
    from sim import terminal
    from sim.study import shelf

    if json:
        print_json(shelf.entries() if name is None else shelf.data_of(name))
    elif name is not None:
        print(shelf.one(name, terminal.width()))
    else:
        terminal.show_entries(shelf.entries())


@command()
def new(
    name: Annotated[str, argument("NAME", "Name of the scenario: NAME.yaml is written.")],
    model: Annotated[str, option("--model", "The model that it runs.", metavar="NAME", default=True)] = "protectserve/step1",
    force: Annotated[bool, option("--force", "Overwrite the file if it exists.")] = False,
) -> None:
    """Write a commented scenario to start from."""
    from sim.study.shelf import write_new

    target = write_new(name, model, force=force)
    print(f"Written to {target}; try: sim run {target}")


@command()
def schema(out: Out = None) -> None:
    """Print the JSON Schema of scenarios, for editors."""
    import orjson

    from sim.scenario.schema import json_schema
    from sim.study.files import write_whole

    text = orjson.dumps(json_schema(), option=orjson.OPT_INDENT_2) + b"\n"
    if out is None:
        sys.stdout.buffer.write(text)
    else:
        write_whole(out, text)
