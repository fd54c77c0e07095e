"""How many calls a route takes: a token bucket, as API Gateway fills it."""

from __future__ import annotations

import threading
from datetime import datetime

from infra.local.services.routing import Throttle


class TokenBucket:
    """One route's bucket: full to begin with, one call takes one token, and what comes in by the second is never more
    than fits. May be shared between threads.
    """

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._tokens = float(throttle.burst)
        self._at: datetime | None = None
        self._lock = threading.Lock()

    def take(self, now: datetime) -> bool:
        """Whether one more call is within the limits at this moment."""
        with self._lock:
            passed = (now - self._at).total_seconds() if self._at else 0.0
            self._at = now
            self._tokens = min(self._throttle.burst, self._tokens + max(passed, 0.0) * self._throttle.rate)
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
