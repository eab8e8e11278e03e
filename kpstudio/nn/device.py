"""Which device a network runs on."""

from __future__ import annotations

import torch

from kpstudio.base.errors import ParameterError


def pick_device(name: str = "auto") -> torch.device:
    """Return the device of a name: "auto", "cpu", "cuda", "cuda:1", "mps".

    Parameters
    ----------
    name
        "auto" takes a GPU if torch can use one, else the CPU.

    Raises
    ------
    ParameterError
        Not a device, or one this machine does not have.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ParameterError(
            f"this machine cannot compute on {name!r}", remedy="Use auto or cpu."
        ) from error
    return device


def runtime(device: torch.device) -> dict[str, str | int]:
    """Return what figures of speed depend on: device, number of threads, version of torch."""
    return {
        "device": str(device),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
