"""The entry point `objtui`; light, so that hardly an interrupt comes before it listens."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_SIGINT = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run `objtui` with the arguments, by default those of the process; returns its exit code."""
    try:
        # Late: what it imports takes long enough for ctrl-c.
        from objtui.trainer.quick_end import QuickEnd

        ending = QuickEnd() if argv is None else None
        from objtui.cli.parser import run_command_line

        code = run_command_line(argv)
        if ending is not None:
            ending.with_code(code)
    except KeyboardInterrupt:
        code = EXIT_SIGINT
    # An interrupt within the exec of a source text, of a dataclass say, is remembered although
    # it was caught: Python would end by that signal, not with our code. Another exec resets it.
    exec("")
    return code
