"""The command `kb`: each command parses, calls one method of KnowledgeBase, and renders.

This file is the one place where an error becomes a message: one line on stderr, exit code 1.
Answers go to stdout, progress and notices to stderr.
"""

import importlib
import keyword
import sys
import traceback

import click

from kb.cli.options import printable
from kb.errors import KbError, storage_error
from kb.version import __version__

COMMANDS = (
    "add",
    "agreement",
    "ask",
    "build",
    "check",
    "completion",
    "contradictions",
    "criteria",
    "evaluate",
    "export",
    "export-labels",
    "family",
    "forget",
    "gaps",
    "import",
    "import-labels",
    "init",
    "judge",
    "learn",
    "locate",
    "log",
    "map",
    "remove",
    "review",
    "search",
    "show",
    "sources",
    "tag",
    "verify",
)


class _Commands(click.Group):
    """Imports a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_") + ("_" if keyword.iskeyword(cmd_name) else "")
        command: click.Command = importlib.import_module(f"kb.cli.{module}").command
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kb")
def commands() -> None:
    """What evidence supports, and what challenges, this circumstance?

    Ask a question of a knowledge base, a folder of sources and the people's judgements on them:

        kb ask "what evidence supports scale limits?"
    """


def main() -> None:
    """Run a command; the entry point of the program."""
    # A question's emoji must not break the output where the console is not UTF-8.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        commands.main(prog_name="kb", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message())
    except BrokenPipeError:
        # The reader of our output (head, less) has seen enough.
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        click.echo(f"kb: {printable(' '.join(_message(error).split()))}", err=True)
        sys.exit(130 if isinstance(error, click.exceptions.Abort) else 1)


def _message(error: Exception) -> str:
    """What is wrong, where, and what to do next, for any error a command can end with."""
    match error:
        case KbError():
            return str(error)
        case click.exceptions.Abort():
            return "stopped; nothing is lost, run the command again to go on"
        case click.ClickException():
            context = getattr(error, "ctx", None)
            help_ = f"; see {context.command_path} --help" if context else ""
            return f"{error.format_message().rstrip('.')}{help_}"
        case OSError():
            return str(storage_error(error, error.filename or "disk"))
        case _:
            where = traceback.extract_tb(error.__traceback__)[-1]
            return (
                f"a fault in kb itself ({type(error).__name__}: {str(error)[:200]}; {where.name}, "
                f"line {where.lineno}); nothing you wrote is changed, please report it with the "
                "command"
            )
