"""Logs and metrics, configured once for every function. Events are never logged: they hold emails and tokens."""

import warnings
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

Handler = Callable[[dict[str, Any], LambdaContext], Any]

# Most invocations add no metric, and Powertools would warn about each.
warnings.filterwarnings("ignore", message="No application metrics to publish")

logger = Logger(log_uncaught_exceptions=False)
metrics = Metrics()


def observed(handler: Handler) -> Handler:
    """The handler with the request's id in every log line, and with its metrics flushed at the end."""
    logged: Handler = logger.inject_lambda_context(handler, clear_state=True)
    # Without Powertools' metric of cold starts, which costs a custom metric per function: Lambda's log has each.
    measured: Handler = metrics.log_metrics(logged)
    return measured
