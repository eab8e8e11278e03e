from __future__ import annotations

import threading

import pytest

from kpstudio.app.jobs import Jobs, Mailbox
from kpstudio.base.context import RunContext
from kpstudio.base.errors import InputError


@pytest.fixture
def jobs(mailbox):
    jobs = Jobs(mailbox.post)
    yield jobs
    jobs.close()


class Answers:
    """Collects what jobs deliver, and on which thread."""

    def __init__(self):
        self.done, self.errors, self.threads = [], [], set()

    def on_done(self, result):
        self.threads.add(threading.current_thread())
        self.done.append(result)

    def on_error(self, error):
        self.threads.add(threading.current_thread())
        self.errors.append(error)


def test_result_comes_back_on_the_thread_that_empties_the_box(jobs, mailbox):
    answers = Answers()
    worker = []
    jobs.submit(
        "a", "A", lambda context: worker.append(threading.current_thread()) or 42,
        answers.on_done, answers.on_error,
    )  # fmt: skip
    assert not jobs.idle
    assert mailbox.process(lambda: jobs.idle)
    assert answers.done == [42]
    assert answers.threads == {threading.current_thread()}
    assert worker[0] is not threading.current_thread()


def test_the_newest_job_of_a_key_wins(jobs, mailbox):
    answers, started, gate = Answers(), threading.Event(), threading.Event()

    def slow(context: RunContext) -> str:
        started.set()
        gate.wait(10)
        return "old"  # it never looks at the context, and still must not be heard

    first = jobs.submit("key", "Old", slow, answers.on_done, answers.on_error)
    assert started.wait(10)
    jobs.submit("key", "New", lambda context: "new", answers.on_done, answers.on_error)
    assert first.context.cancelled.is_set()
    gate.set()
    assert mailbox.process(lambda: bool(answers.done))
    mailbox.process(lambda: False, timeout=0.2)
    assert answers.done == ["new"]
    assert not answers.errors


def test_a_cancelled_job_delivers_nothing_and_stops_at_its_next_check(jobs, mailbox):
    answers, started, stopped = Answers(), threading.Event(), threading.Event()

    def work(context: RunContext) -> None:
        started.set()
        try:
            while True:
                context.check()
        finally:
            stopped.set()

    jobs.submit("key", "Work", work, answers.on_done, answers.on_error)
    assert started.wait(10)
    jobs.cancel("key")
    assert stopped.wait(10)
    assert jobs.idle
    mailbox.process(lambda: False, timeout=0.2)
    assert not answers.done
    assert not answers.errors


def test_errors_are_delivered(jobs, mailbox):
    answers = Answers()

    def work(context):
        raise InputError("empty")

    jobs.submit("key", "Work", work, answers.on_done, answers.on_error)
    assert mailbox.process(lambda: jobs.idle)
    assert [error.message for error in answers.errors] == ["empty"]


def test_a_listener_that_fails_does_not_leave_the_job_on_the_status_bar(jobs, mailbox):
    seen = []
    jobs.changed.connect(lambda: seen.append(jobs.idle))

    def broken(result):
        raise RuntimeError("a slot broke")

    jobs.submit("key", "Work", lambda context: 1, broken, broken)
    with pytest.raises(RuntimeError, match="a slot broke"):
        mailbox.process(lambda: False, timeout=5)
    assert jobs.idle
    assert seen[-1] is True


def test_progress_is_told_while_the_job_runs(jobs, mailbox):
    gate = threading.Event()
    told = []

    def work(context: RunContext) -> None:
        context.progress(0.25, "a quarter")
        gate.wait(10)

    job = jobs.submit("key", "Work", work, told.append, told.append)
    assert mailbox.process(lambda: job.fraction == 0.25, timeout=5)
    assert job.text == "a quarter"
    gate.set()
    assert mailbox.process(lambda: jobs.idle)


def test_networks_run_one_at_a_time_on_one_thread(jobs, mailbox):
    threads, answers = [], Answers()
    for index in range(4):
        jobs.submit(
            f"net:{index}", "Net",
            lambda context: threads.append(threading.current_thread().name),
            answers.on_done, answers.on_error, lane="torch",
        )  # fmt: skip
    assert mailbox.process(lambda: jobs.idle)
    assert len(set(threads)) == 1


def test_a_job_that_waits_for_its_turn_never_begins_when_cancelled(jobs, mailbox):
    answers, gate, begun = Answers(), threading.Event(), []
    jobs.submit("first", "", lambda context: gate.wait(10), begun.append, begun.append,
                lane="torch")  # fmt: skip
    for _ in range(3):
        jobs.submit("key", "", begun.append, answers.on_done, answers.on_error, lane="torch")
    gate.set()
    assert mailbox.process(lambda: jobs.idle)
    assert len(begun) == 2  # the result of the first, and the newest of the others
    assert answers.done == [None]


def test_close_waits_for_what_must_be_finished(mailbox):
    jobs, gate, finished = Jobs(mailbox.post), threading.Event(), []

    def write(context: RunContext) -> None:
        gate.wait(10)
        context.check()
        finished.append(1)

    for number in range(4):  # more than there are threads
        jobs.submit(f"export {number}", "", write, finished.append, finished.append,
                    must_finish=True)  # fmt: skip
    jobs.submit("other", "", write, finished.append, finished.append)
    threading.Timer(0.1, gate.set).start()
    jobs.close()
    assert finished == [1] * 4
    assert jobs.idle


def test_close_ends_all_threads_and_can_be_called_twice():
    mailbox = Mailbox()
    jobs = Jobs(mailbox.post)
    started, answers = threading.Event(), Answers()

    def work(context: RunContext) -> None:
        started.set()
        while True:
            context.check()

    jobs.submit("key", "Work", work, answers.on_done, answers.on_error)
    assert started.wait(10)
    jobs.close()
    jobs.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("kpstudio")]
    mailbox.process(lambda: False, timeout=0.1)
    assert not answers.done
    assert not answers.errors


def test_a_box_that_stays_empty_gives_up(mailbox):
    assert mailbox.process(lambda: False, timeout=0.05) is False
