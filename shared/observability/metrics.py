"""Metrics that more than one service has; each is defined where it is counted, unless here."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

#: Seconds; the ingest objective is 1.5 s, a caller's patience 2.5 s, a booking attempt 8 s.
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.8, 1.0, 1.5, 2.5, 5.0, 8.0, 15.0, 60.0)

REQUESTS: Final = Histogram(
    "askpro_http_requests_seconds", "Time to answer.", ("method", "route", "status"), buckets=BUCKETS
)
DELIVERIES: Final = Histogram(
    "askpro_deliveries_seconds", "Time to settle a delivery.", ("queue", "outcome"), buckets=BUCKETS
)
DELIVERIES_IN_FLIGHT: Final = Gauge("askpro_deliveries_in_flight", "Deliveries being handled.", ("queue",))
DELIVERIES_HELD: Final = Gauge(
    "askpro_deliveries_held", "Deliveries that wait for a gate.", ("queue", "gate")
)
PUBLICATIONS: Final = Counter("askpro_publications_total", "Publications by result.", ("result",))
RELAYED: Final = Counter("askpro_relayed_total", "Rows the relay has sent.", ("table",))
