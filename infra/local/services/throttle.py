"""API Gateway's throttling: a token bucket for each route."""

from __future__ import annotations

import threading
from datetime import datetime

from infra.local.services.routing import Throttle


class TokenBucket:
    """A bucket of `burst` tokens that is refilled at `rate` tokens a second; each call takes one. Thread-safe."""

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._tokens = float(throttle.burst)
        self._at: datetime | None = None
        self._lock = threading.Lock()

    def take(self, now: datetime) -> bool:
        """Whether a call at this time is within the limits."""
        with self._lock:
            passed = (now - self._at).total_seconds() if self._at else 0.0
            self._at = now
            self._tokens = min(self._throttle.burst, self._tokens + max(passed, 0.0) * self._throttle.rate)
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
