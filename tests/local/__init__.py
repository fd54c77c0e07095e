"""The local deployment itself, mostly with the small template in `house/`; all tests that take `house` share one."""
