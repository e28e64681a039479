"""Counts of questions, seconds and errors at /metrics, in Prometheus' form. No text and no name stands in a label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ui.http.record import Record
    from ui.http.service import Service

PATH = "/metrics"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0)


class Metrics:
    """Counts what becomes of the questions to `service` and those beside it; an ASGI application that gives them."""

    def __init__(self, service: Service) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._questions = Counter(
            "footnote_questions", "Questions, by what became of them.", ["door", "outcome"], registry=registry
        )
        self._stages = Histogram(
            "footnote_stage_seconds",
            "Seconds of each stage of an answer; first_token counts from the question.",
            ["stage"],
            buckets=SECONDS,
            registry=registry,
        )
        self._waited = Histogram(
            "footnote_wait_seconds",
            "Seconds that a question waited for its turn.",
            buckets=SECONDS,
            registry=registry,
        )
        self._tokens = Counter(
            "footnote_tokens", "Tokens of the language model.", ["part"], registry=registry
        )
        self._errors = Counter(
            "footnote_errors", "Questions that failed, by kind of error.", ["kind"], registry=registry
        )
        waiting = Gauge(
            "footnote_questions_waiting", "Questions that wait for their turn.", registry=registry
        )
        waiting.set_function(lambda: service.line.waiting)
        working = Gauge("footnote_questions_answering", "Questions being answered.", registry=registry)
        working.set_function(lambda: service.line.working)
        registry.register(_Servers(service))
        service.recorders.append(self.count)

    def count(self, record: Record) -> None:
        """Counts a question that is over."""
        self._questions.labels(record.door, record.outcome).inc()
        if record.waited is not None:
            self._waited.observe(record.waited)
        if record.error is not None:
            self._errors.labels(type(record.error).__name__).inc()
        if answer := record.answer:
            for stage, seconds in asdict(answer.timings).items():
                if seconds:  # what needs no language model has no such stage
                    self._stages.labels(stage).observe(seconds)
            self._tokens.labels("prompt").inc(answer.prompt_tokens)
            self._tokens.labels("completion").inc(answer.completion_tokens)

    def before(self, app: ASGIApp) -> ASGIApp:
        """The application `app`, with the numbers at PATH."""

        async def chosen(scope: Scope, receive: Receive, send: Send) -> None:
            here = scope["type"] == "http" and scope["path"] == PATH
            await (self if here else app)(scope, receive, send)

        return chosen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        from anyio.to_thread import run_sync
        from starlette.responses import Response

        numbers = await run_sync(generate_latest, self.registry)  # it may ask the model's server
        headers = {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
        await Response(numbers, headers=headers)(scope, receive, send)


class _Servers(Collector):
    """Which of the language model's servers are there; nothing for a model in this process."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The state of each server, by its address."""
        health = getattr(self._service.model, "health", None)
        if health is None:
            return
        up = GaugeMetricFamily(
            "footnote_model_server_up",
            "Whether a server of the language model answers (1) or not (0).",
            labels=["server"],
        )
        for server, there in health().items():
            up.add_metric([server], float(there))
        yield up
