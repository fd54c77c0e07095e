"""Logs and metrics, configured once for every function. Events are never logged: they hold emails and tokens."""

import logging
import os
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.buffer import LoggerBufferConfig
from aws_lambda_powertools.utilities.typing import LambdaContext

Handler = Callable[[dict[str, Any], LambdaContext], Any]

# Most invocations add no metric, and Powertools would warn about each.
warnings.filterwarnings("ignore", message="No application metrics to publish")

# The level of all libraries. The deployment's is DEBUG, because Lambda would drop lines below it also when they are
# written before an error; Lambda's runtime gives it to the root logger, and botocore would log requests, with emails.
logging.getLogger().setLevel(logging.WARNING)
# Debug lines are written before the run's next error, and dropped if there is none. Our own `logger.debug` alone.
UNTIL_AN_ERROR = LoggerBufferConfig(max_bytes=20_000)
logger = Logger(
    log_uncaught_exceptions=False,
    buffer_config=None if os.environ.get("LOWEST_LOG_LEVEL") == "DEBUG" else UNTIL_AN_ERROR,
)
metrics = Metrics()


def observed(handler: Handler) -> Handler:
    """The handler with the request's ids in every log line, and with its metrics flushed at the end.

    `request_id` is API Gateway's, which is in its access log and in the problem details of a 500;
    `function_request_id` is Lambda's.
    """

    @wraps(handler)
    def identified(event: dict[str, Any], context: LambdaContext) -> Any:
        if request_id := event.get("requestContext", {}).get("requestId"):
            logger.append_keys(request_id=request_id)
        return handler(event, context)

    logged: Handler = logger.inject_lambda_context(identified, clear_state=True, flush_buffer_on_uncaught_error=True)
    # Without Powertools' metric of cold starts, which costs a custom metric per function: Lambda's log has each.
    measured: Handler = metrics.log_metrics(logged)
    return measured
