"""`python -m objtui`: the same as the `objtui` command."""

import sys

from objtui.cli.main import command

if __name__ == "__main__":
    sys.exit(command())
