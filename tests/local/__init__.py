"""The local deployment itself, mostly with the small template in `example/`; these tests share one deployment."""
