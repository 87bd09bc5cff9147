"""Count requests and writes for Prometheus. Labels are route templates, methods and statuses: never ids, never PHI."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The counts of one process, in a registry of their own, so that two gateways in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "gateway_http_requests", "Requests answered", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "gateway_http_request_seconds", "Seconds to answer", ("route",), registry=self.registry, buckets=_BUCKETS
        )
        self._written = Counter(
            "gateway_resources_written", "Writes acknowledged over HTTP", ("action",), registry=self.registry
        )
        self._resources = Gauge("gateway_resources", "Live resources", ("type",), registry=self.registry)
        self._head = Gauge("gateway_feed_head", "Last position of the change feed", registry=self.registry)
        self._lag = Gauge("gateway_follower_lag", "Changes not yet followed", ("follower",), registry=self.registry)
        self._letters = Gauge("gateway_dead_letters", "Dead letters that wait", registry=self.registry)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answer. `route` is the template, `method` a known one or "other"; `status` 0 means that the client
        left.
        """
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def written(self, action: str, count: int = 1) -> None:
        """Count writes. `action` is the store's word: create, update, delete, unchanged, exists."""
        self._written.labels(action).inc(count)

    def text(self, *, resources: Mapping[str, int], head: int, cursors: Mapping[str, int], letters: int) -> bytes:
        """Return the exposition format, with the state of the store at this moment: counts by type, cursors by
        follower.
        """
        self._resources.clear()
        for type_, count in resources.items():
            self._resources.labels(type_).set(count)
        for name, seq in cursors.items():
            self._lag.labels(name).set(max(head - seq, 0))
        self._head.set(head)
        self._letters.set(letters)
        return generate_latest(self.registry)
