"""Runs the command line: every error is one line on standard error, and has its exit code."""

from __future__ import annotations

import io
import logging
import os
import sys

from index.errors import FootnoteError
from ui.terminal.cli import app


def main() -> None:
    """Runs the program; every error is one line on standard error."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    logging.getLogger("footnote").handlers = [_OnStandardError()]
    if isinstance(sys.stdout, io.TextIOWrapper):
        # As standard error does: a letter that the encoding lacks is shown as an escape.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            app(standalone_mode=True)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # now, since Python reports what fails at its end in many lines
    except FootnoteError as e:
        _fail(str(e), e.exit_code)
    except KeyboardInterrupt:
        _fail("interrupted", 130)
    except BrokenPipeError:
        _give_up_output()
        sys.exit(1)
    except OSError as e:
        if os.environ.get("FOOTNOTE_DEBUG"):
            raise
        from index.store.explain import refused

        error = refused(e, "a file")
        _fail(str(error), error.exit_code)
    except Exception as e:
        if os.environ.get("FOOTNOTE_DEBUG"):
            raise
        _fail(f"unexpected {type(e).__name__}: {e} (FOOTNOTE_DEBUG=1 shows where)", 1)


class _OnStandardError(logging.Handler):
    """Prints what the packages warn of as `main` prints errors: one line each."""

    def emit(self, record: logging.LogRecord) -> None:
        print(f"footnote: {' '.join(record.getMessage().split())}", file=sys.stderr)


def _give_up_output() -> None:
    """Has what standard output didn't take forgotten, where it takes no more."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, code: int) -> None:
    _give_up_output()
    print(f"footnote: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)
