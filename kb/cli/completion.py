"""kb completion: make the shell complete commands, criteria and citekeys."""

import click
from click.shell_completion import get_completion_class

from kb.errors import UnknownName


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash:  kb completion bash >> ~/.bashrc
    zsh:   kb completion zsh  >> ~/.zshrc
    fish:  kb completion fish > ~/.config/fish/completions/kb.fish
    """
    from kb.cli import commands

    maker = get_completion_class(shell)
    if maker is None:
        raise UnknownName(f"no completion for '{shell}' in this version of click")
    click.echo(maker(commands, {}, "kb", "_KB_COMPLETE").source())
