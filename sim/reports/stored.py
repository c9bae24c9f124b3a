"""Files of a result's directory, read with care: a page shows them to everybody who gets it."""

from pathlib import Path

_PNG = b"\x89PNG\r\n\x1a\n"
_HEADER = 32
_MOST_BYTES = 20_000_000


def picture_in(home: Path, name: str) -> bytes | None:
    """Return the picture in the file `name` of a directory, None if there is none."""
    content = _content(home, name)
    return content if content is not None and content.startswith(_PNG) and len(content) > _HEADER else None


def text_in(home: Path, name: str) -> str | None:
    """Return the text in the file `name` of a directory, None if there is none."""
    content = _content(home, name)
    return None if content is None else content.decode("utf-8", "replace")


def _content(home: Path, name: str) -> bytes | None:
    """The content of a file that lies in the directory itself: neither a name nor a link leads out of it."""
    file = home / name
    if file.resolve().parent != home.resolve() or not file.is_file() or file.stat().st_size > _MOST_BYTES:
        return None
    return file.read_bytes()
