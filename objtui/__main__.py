"""`python -m objtui`: the same as the `objtui` command."""

import sys

try:
    from objtui.cli.main import command
except KeyboardInterrupt:
    sys.exit(130)

if __name__ == "__main__":
    sys.exit(command())
