"""Where the program starts and ends: Ctrl-C gets one line there, too. Knows nothing of what it does."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress


def main() -> None:
    """Loads the command line, which takes about a second, and runs it."""
    try:
        from ui.terminal.main import main as run

        run()
    except KeyboardInterrupt:
        print("footnote: interrupted", file=sys.stderr)
        sys.exit(130)
    finally:
        # Pressed once more, Ctrl-C ends the program at once, where Python's own end would show a traceback.
        with suppress(ValueError):  # outside of the main thread
            signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    main()
