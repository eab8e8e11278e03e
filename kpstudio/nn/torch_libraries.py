"""torch's shared libraries: loaded without stopping the other threads, and one left out.

`import torch` opens hundreds of megabytes of libraries while it holds Python's global lock: a
window stands still for as long as the disk takes. Opened before by a plain C call, which lets go
of the lock, they are there when the import asks for them.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import sys
from functools import cache
from pathlib import Path


@cache
def load_torch_libraries() -> bool:
    """Open torch's libraries on Linux; whether that was done. Call it on the thread that waits.

    It never fails: what cannot be opened here is left to `import torch`, which says why.
    """
    if not sys.platform.startswith("linux") or "torch" in sys.modules:
        return False
    found = importlib.util.find_spec("torch")
    if found is None or not found.submodule_search_locations:
        return False
    folder = Path(found.submodule_search_locations[0]) / "lib"
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.restype, dlopen.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
    # The order and flags of torch's own start: what it depends on is visible to all, it is not.
    wanted = {
        "libtorch_global_deps.so": os.RTLD_NOW | os.RTLD_GLOBAL,
        "libtorch_python.so": os.RTLD_NOW | os.RTLD_LOCAL,
    }
    paths = {folder / name: flags for name, flags in wanted.items()}
    opened = [dlopen(os.fsencode(path), flags) for path, flags in paths.items() if path.is_file()]
    return len(opened) == len(wanted) and all(opened)


@cache
def leave_triton_out() -> None:
    """Import what torch's optimisers need, but for triton, a compiler that nothing here uses.

    The first optimiser imports it if it is there. Its LLVM and that of OpenGL in software are not
    made for one process: after a picture was drawn the import ends it.
    """
    hidden = "triton" not in sys.modules
    if hidden:
        sys.modules["triton"] = None  # type: ignore[assignment]
    try:
        importlib.import_module("torch._dynamo")
    finally:
        if hidden:
            del sys.modules["triton"]
