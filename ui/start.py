"""Where the program starts: Ctrl-C while it still loads gets one line too. Knows nothing of what it does."""

from __future__ import annotations

import sys


def main() -> None:
    """Loads the command line, which takes about a second, and runs it."""
    try:
        from ui.cli import main as run

        run()
    except KeyboardInterrupt:
        print("footnote: interrupted", file=sys.stderr)
        sys.exit(130)
