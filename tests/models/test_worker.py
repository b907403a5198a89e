from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from skillvault.models.worker import Worker


def test_jobs_run_in_order_on_one_thread() -> None:
    worker = Worker(interrupt=lambda: None, last=lambda: None)
    threads = [worker.submit(threading.get_ident) for _ in range(3)]
    assert len({future.result() for future in threads}) == 1
    assert threads[0].result() != threading.get_ident()
    worker.close()


def test_an_error_reaches_who_waits_and_the_worker_goes_on() -> None:
    worker = Worker(interrupt=lambda: None, last=lambda: None)

    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        worker.submit(fail).result()
    assert worker.submit(lambda: 1).result() == 1
    worker.close()


def test_closing_interrupts_what_runs_drops_what_waits_and_runs_the_last_job() -> None:
    started, stop, seen = threading.Event(), threading.Event(), list[str]()
    worker = Worker(interrupt=stop.set, last=lambda: seen.append("last"))

    def run() -> bool:
        started.set()
        return stop.wait(30)

    running = worker.submit(run)
    started.wait(30)
    waiting = worker.submit(lambda: seen.append("never"))
    worker.close()
    assert running.result() is True
    assert waiting.cancelled()
    assert seen == ["last"]


def test_after_closing_nothing_is_taken_and_closing_again_is_nothing() -> None:
    worker = Worker(interrupt=lambda: None, last=lambda: None)
    worker.close()
    worker.close()
    assert worker.submit(lambda: 1).cancelled()


EXIT = """
import sys, threading, time
from skillvault.models.worker import Worker
stop = threading.Event()
worker = Worker(interrupt=stop.set, last=lambda: print("last"))
worker.submit(lambda: print("stopped" if stop.wait(60) else "ran on"))
time.sleep(0.1)
sys.exit(3)
"""


def test_leaving_the_interpreter_ends_the_job_first() -> None:
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", EXIT], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (3, "stopped\nlast\n", "")
    assert time.monotonic() - started < 30
