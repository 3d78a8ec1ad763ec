"""How figures and tables look.

matplotlib keeps what it knows of fonts in the user's folders. Where these cannot be written it would say so and look
for all fonts again every time; it is given a place in the tool's own cache folder then, before anybody loads it.
"""

import os
from pathlib import Path

from vle_analog.compiled import cache_folder

_PLACE = "MPLCONFIGDIR"


def _has_place() -> bool:
    """Whether matplotlib finds folders that can be written, or that can be made."""
    if os.environ.get(_PLACE):
        return True
    bases = (("XDG_CONFIG_HOME", "~/.config"), ("XDG_CACHE_HOME", "~/.cache"))
    try:
        paths = [Path(os.environ.get(name) or usual, "matplotlib").expanduser().absolute() for name, usual in bases]
        parents = [next(each for each in (path, *path.parents) if each.exists()) for path in paths]
    except (OSError, RuntimeError):  # nobody knows where home is
        return False
    return all(parent.is_dir() and os.access(parent, os.W_OK) for parent in parents)


if not _has_place() and (_folder := cache_folder()) is not None:
    os.environ[_PLACE] = str(_folder / "matplotlib")
