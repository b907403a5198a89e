"""One thread that runs jobs in order and is gone, job and all, before the interpreter is.

A native call that is still running while the interpreter goes down is a segmentation fault. A
`ThreadPoolExecutor` would wait at exit for all queued jobs to run; this one stops the one that
runs, by `interrupt`, and drops the rest.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")


class Worker:
    """Runs `submit`ted jobs one after another on a thread of its own.

    `interrupt` is called from another thread when the worker closes: it must make the running
    job return soon. `last` runs on the thread as the final job.
    """

    def __init__(self, *, interrupt: Callable[[], None], last: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._last = last
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._closed = False
        self._gate = threading.Lock()
        # A daemon: the interpreter joins other threads *before* it calls atexit functions, that
        # is, before anybody has told the running job to stop.
        self._thread = threading.Thread(target=self._run, name="skillvault-model", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Queue `job`; the future is cancelled if the worker closes before its turn."""
        future: Future[T] = Future()

        def run() -> None:
            if self._closed or not future.set_running_or_notify_cancel():
                future.cancel()
                return
            try:
                result = job()
            except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._gate:
            if self._closed:
                future.cancel()
            else:
                self._jobs.put(run)
        return future

    def close(self) -> None:
        """Interrupt what runs, drop what waits, run `last`, and join the thread."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._interrupt()
                self._jobs.put(None)
        self._thread.join()
        atexit.unregister(self.close)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
        with contextlib.suppress(Exception):  # nobody is left who could be told
            self._last()
