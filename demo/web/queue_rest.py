"""Gradio's queue looks for calls a thousand times a second; here only while there are some."""

from __future__ import annotations

import time

import gradio as gr
from gradio.queueing import Queue

BUSY = 0.001
"""Seconds between two looks, as Gradio has it."""
IDLE = 0.05
"""Seconds; the first call after a pause waits for half of them."""
LINGER = 1.0
"""Seconds after the last call in which another one is expected."""


class RestingQueue(Queue):
    """Gradio's queue, which rests while nobody calls."""

    _busy_at = 0.0

    @property
    def sleep_when_free(self) -> float:
        """Seconds until the next look."""
        now = time.monotonic()
        if len(self) or any(self.active_jobs):
            self._busy_at = now
        return BUSY if now - self._busy_at < LINGER else IDLE

    @sleep_when_free.setter
    def sleep_when_free(self, seconds: float) -> None:
        """Gradio's own choice is not taken."""


def rest_when_idle(page: gr.Blocks) -> None:
    """Has a page's queue rest while nobody calls."""
    page._queue.__class__ = RestingQueue
    page._queue.progress_update_sleep_when_free = LINGER  # nothing here reports its progress
