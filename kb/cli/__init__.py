"""The command `kb`: each command parses, calls one method of KnowledgeBase, and renders.

This file is the one place where an error becomes a message: one line on stderr, exit code 1.
Answers go to stdout, progress and notices to stderr.
"""

import importlib
import sys

import click

from kb import __version__
from kb.errors import KbError, storage_error

COMMANDS = ("ask", "build", "completion", "criteria", "init", "search", "show", "sources")


class _Commands(click.Group):
    """Imports a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"kb.cli.{cmd_name}").command
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
    except KbError as error:
        _fail(str(error))
    except click.exceptions.Abort:
        _fail("stopped; nothing is lost, run the command again to go on", 130)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        help_ = f"; see {context.command_path} --help" if context else ""
        _fail(f"{error.format_message().rstrip('.')}{help_}")
    except BrokenPipeError:
        # The reader of our output (head, less) has seen enough.
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        _fail(str(storage_error(error, error.filename or "disk")))


def _fail(message: str, code: int = 1) -> None:
    click.echo(f"kb: {' '.join(message.split())}", err=True)
    sys.exit(code)
