"""`python -m objtui`: the same as the `objtui` command."""

import sys

from objtui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
