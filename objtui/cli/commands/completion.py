"""`objtui completion SHELL`: what a shell needs to complete commands, options, scenarios, runs.

It is made from the parser that the command line is read by, so nothing is listed twice.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping

from objtui.errors import EXIT_DONE

SHELLS = ("bash", "zsh", "fish")

HOW = {
    "bash": 'eval "$(objtui completion bash)" in ~/.bashrc',
    "zsh": "objtui completion zsh > a folder of $fpath, as _objtui",
    "fish": "objtui completion fish > ~/.config/fish/completions/objtui.fish",
}
"""Where the output goes, by shell."""

RUNS, SCENARIOS = "_objtui_runs", "_objtui_scenarios"
"""Shell functions that give names."""

DEVICES = ("auto", "cpu", "cuda", "mps")

PLACES = {"DIR": "directory", "FILE": "file", "PATH": "file"}
"""Metavars of what is completed as a path."""

# Names of files come from anybody: what a shell would take for more than a name is left out.
PREAMBLES = {
    "bash": f"""
_objtui_names() {{
  local word="$1" name; shift
  for name in "$@"; do
    if [[ $name == "$word"* && $name =~ ^[A-Za-z0-9_][A-Za-z0-9._-]*$ ]]; then
      printf '%s\\n' "$name"
    fi
  done
}}
{RUNS}() {{
  local file; local -a names=(last)
  for file in "${{OBJTUI_RUNS:-runs}}"/*.objtui; do
    [[ -e $file ]] && file="${{file##*/}}" && names+=("${{file%.objtui}}")
  done
  _objtui_names "$1" "${{names[@]}}"
}}
{SCENARIOS}() {{
  local file; local -a names=(%BUNDLED%)
  for file in *.toml; do [[ -e $file ]] && names+=("$file"); done
  _objtui_names "$1" "${{names[@]}}"
  _shtab_compgen_files "$1"
}}
""",
    "zsh": f"""
{RUNS}() {{
  local -a names
  names=(last ${{OBJTUI_RUNS:-runs}}/*.objtui(N:t:r))
  compadd -a names
}}
{SCENARIOS}() {{
  local -a names
  names=(%BUNDLED%)
  compadd -a names
  _files -g '*.toml'
}}
""",
    "fish": f"""
function {RUNS}
  set -l folder runs
  test -n "$OBJTUI_RUNS"; and set folder $OBJTUI_RUNS
  echo last
  for file in $folder/*.objtui
    string replace -r '\\.objtui$' '' -- (basename $file)
  end
end
function {SCENARIOS}
  printf '%s\\n' %BUNDLED%
  for file in *.toml
    echo $file
  end
end
""",
}


class CompletionCommand:
    """Prints a script for a shell."""

    name = "completion"
    help = "print what a shell needs to complete objtui's words"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which shell."""
        how = "; ".join(f"{shell}: {line}" for shell, line in HOW.items())
        parser.add_argument("shell", choices=SHELLS, help=how)

    def run(self, args: argparse.Namespace) -> int:
        """Print the script."""
        print(completion_script(args.root, args.parsers, args.shell))
        return EXIT_DONE


def completion_script(
    root: argparse.ArgumentParser, parsers: Mapping[str, argparse.ArgumentParser], shell: str
) -> str:
    """The script of a shell for the whole command line; `parsers`: by command."""
    import shtab

    from objtui.cli.commands.help import TOPICS
    from objtui.scenario.bundled import bundled_names

    for parser in (root, *parsers.values()):
        for action in parser._actions:
            if action.metavar == "COMMAND|TOPIC":
                action.choices = [*TOPICS, *parsers]
            _say_what_completes(action, shtab.FILE, shtab.DIRECTORY)
    names = " ".join(map(shlex.quote, bundled_names()))
    preamble = PREAMBLES[shell].replace("%BUNDLED%", names)
    script: str = shtab.complete(root, shell, preamble=preamble)
    return script


def _say_what_completes(
    action: argparse.Action, files: Mapping[str, object], folders: Mapping[str, object]
) -> None:
    """Tell shtab by an argument's metavar how it is completed."""
    metavar = action.metavar
    if metavar == "RUN":
        by_shell: Mapping[str, object] = {"bash": RUNS, "zsh": RUNS, "fish": f"({RUNS})"}
    elif metavar == "SCENARIO":
        by_shell = {"bash": SCENARIOS, "zsh": SCENARIOS, "fish": f"({SCENARIOS})"}
    elif metavar in PLACES:
        by_shell = folders if PLACES[metavar] == "directory" else files
    elif metavar == "DEVICE":
        action.choices = DEVICES
        return
    else:
        return
    action.complete = by_shell  # type: ignore[attr-defined]
