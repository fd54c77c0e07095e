"""Logs and metrics, set up once for every function. No event is ever logged: events hold addresses and tokens."""

import warnings
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

Handler = Callable[[dict[str, Any], LambdaContext], Any]

# Most calls count nothing, and Powertools would warn of each.
warnings.filterwarnings("ignore", message="No application metrics to publish")

logger = Logger(log_uncaught_exceptions=False)
metrics = Metrics()


def observed(handler: Handler) -> Handler:
    """The handler with its request's id in every log line, and its metrics flushed at the end."""
    logged: Handler = logger.inject_lambda_context(handler, clear_state=True)
    # Without the metric of cold starts, which would cost one custom metric per function: Lambda's own log has each.
    measured: Handler = metrics.log_metrics(logged)
    return measured
