"""Opens files that are archives of XML: .docx, .xlsx, .pptx, .odt and .epub. Knows nothing of what is in them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.errors import BadDocument
from index.read.load import read_bytes

MOST_UNPACKED = 512 * 2**20
_OLE = b"\xd0\xcf\x11\xe0"
HARMLESS: dict[str, bool] = {"resolve_entities": False, "no_network": True, "huge_tree": False}
"""How XML is read: nothing outside of it is looked up, no entity is expanded."""


@contextmanager
def opened(path: Path, what: str, older: str = "of an older kind: save it anew") -> Iterator[zipfile.ZipFile]:
    """The archive `path`; whatever goes wrong with it or in what is read of it is one BadDocument.

    `what` says which kind of file it should be, as in "an EPUB book", `older` what it may be instead.
    """
    data = read_bytes(path)
    if data.startswith(_OLE):
        raise BadDocument(f"{path}: is encrypted or {older} without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MOST_UNPACKED:
                raise BadDocument(f"{path}: unpacks to more than {MOST_UNPACKED // 2**20} MiB")
            yield archive
    except (BadDocument, MemoryError):
        raise
    except Exception as e:  # damaged parts fail in as many ways as there are parts
        raise BadDocument(f"{path}: is not {what}, or damaged ({type(e).__name__})") from None


def xml(data: bytes) -> Any:
    """The root of an XML document."""
    from lxml import etree  # type: ignore[import-untyped]

    return etree.fromstring(data, etree.XMLParser(**HARMLESS))
