"""Real feed clients, unmodified, against a local deployment over HTTP.

`clients` runs them, `parse.mjs` those in Node; `wire` is a proxy that records their requests; `edition` has the
articles that they read; `history` walks a feed back to its first article, which no client does.
"""
