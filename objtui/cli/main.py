"""The entry point `objtui`; light, so that hardly an interrupt comes before it listens."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_SIGINT = 130


def command() -> int:
    """The command `objtui`: `main`, and with its exit code a quick end of this process."""
    try:
        from objtui.trainer.quick_end import QuickEnd  # late, as below

        ending = QuickEnd()
    except KeyboardInterrupt:
        exec("")  # as below
        return EXIT_SIGINT
    return ending.with_code(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Run `objtui` with the arguments, by default those of the process; returns its exit code."""
    try:
        # Late: what it imports takes long enough for ctrl-c.
        from objtui.cli.parser import run_command_line

        code = run_command_line(argv)
    except KeyboardInterrupt:
        code = EXIT_SIGINT
    # An interrupt within the exec of a source text, of a dataclass say, is remembered although
    # it was caught: Python would end by that signal, not with our code. Another exec resets it.
    exec("")
    return code
