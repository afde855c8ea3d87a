"""What every decoder of image files shares: one error that names the file, and a limit on size.

The limits are compared with what the header says, before a single pixel is decoded, so that a file
of a few kB cannot fill the memory.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from radln.errors import RadlnError, UnreadableFileError

MAX_PIXELS = 50_000_000  # of a picture: about 7,000 x 7,000
MAX_VOXELS = 300_000_000  # of a volume: about 512 x 512 x 1,140


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Whatever a decoder raises becomes one error that names the file and the remedy."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            warnings.filterwarnings("ignore", "Corrupt EXIF")  # such a file is refused
            yield
    except RadlnError:
        raise
    except PermissionError as error:
        raise UnreadableFileError(
            f"{path.name} may not be read by this user; change its permissions, or copy it."
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_large(path, f"more than {MAX_PIXELS:,}", MAX_PIXELS, "pixels") from error
    except Exception as error:  # decoders raise OSError, SyntaxError, RuntimeError, struct.error...
        raise UnreadableFileError(
            f"{path.name} cannot be decoded: it is truncated, damaged, or its content does not "
            "fit its file ending. Copy or export it again."
        ) from error


def refuse_large(path: Path, size: Sequence[int]) -> None:
    """Raise UnreadableFileError where a header promises more pixels or voxels than are read."""
    flat = sum(n > 1 for n in size) <= 2
    limit, what = (MAX_PIXELS, "pixels") if flat else (MAX_VOXELS, "voxels")
    count = math.prod(size)
    if count > limit:
        raise _too_large(path, f"{count:,}", limit, what)


def _too_large(path: Path, count: str, limit: int, what: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"the header of {path.name} names {count} {what}; at most {limit:,} are read. Cut the file "
        "to the part around the node, or export it at a lower resolution.",
        code="too_large",
    )
