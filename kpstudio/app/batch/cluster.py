"""The processes that do the work: some of this machine's, or a cluster that runs already."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kpstudio.base.errors import KPStudioError

if TYPE_CHECKING:
    from distributed import Client

#: Share of the memory that all workers may fill together.
_MEMORY = 0.9

_SETTINGS = {
    # No pages to look at: nothing listens but the scheduler and the workers, on this machine.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.multiprocessing-method": "spawn",
    # Results are files: there is nothing to spill, and to pause would be for ever.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.comm.timeouts.connect": "30s",
    # On a busy machine a worker takes long to start anew: it is not given up for that.
    "distributed.deploy.lost-worker-timeout": "10m",
    # Watching the processes themselves for pages that nobody sees took a twentieth of their time.
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.monitor-interval": "500ms",
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
}


def processors() -> int:
    """Return how many processors this process may use."""
    from dask.system import CPU_COUNT

    return int(CPU_COUNT)


@contextmanager
def local_cluster(workers: int) -> Iterator[Client]:
    """Give a cluster of processes on this machine, one thread each; gone when the block ends.

    Parameters
    ----------
    workers
        How many.

    Raises
    ------
    KPStudioError
        They do not start.
    """
    import dask
    from distributed import Client, LocalCluster
    from distributed.system import MEMORY_LIMIT

    with (
        dask.config.set(_SETTINGS),
        tempfile.TemporaryDirectory(prefix="kpstudio-", ignore_cleanup_errors=True) as folder,
    ):
        try:
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                memory_limit=int(MEMORY_LIMIT * _MEMORY / workers),
                local_directory=folder,
                silence_logs=logging.CRITICAL,
                preload=["kpstudio.app.batch.worker"],
            )
        except (OSError, RuntimeError, TimeoutError) as error:
            raise KPStudioError(
                f"the workers do not start: {error}", remedy="Use fewer of them."
            ) from error
        with cluster, Client(cluster) as client:
            yield client


@contextmanager
def existing_cluster(address: str, patience: float = 10.0) -> Iterator[Client]:
    """Give a cluster that runs already; its workers must see the same folders.

    Parameters
    ----------
    address
        Of its scheduler, such as "tcp://192.0.2.1:8786".
    patience
        Seconds that it has to answer.

    Raises
    ------
    KPStudioError
        Nothing answers there.
    """
    from distributed import Client
    from distributed.utils import silence_logging_cmgr

    # What goes wrong is told once, by whoever asked for the work.
    with silence_logging_cmgr(logging.CRITICAL):
        try:
            client = Client(address, timeout=patience)
        except (OSError, ValueError, TimeoutError) as error:
            raise KPStudioError(
                f"no scheduler answers at {address}", remedy="Start it with `dask scheduler`."
            ) from error
        with client:
            yield client
