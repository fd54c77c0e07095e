"""Real feed clients, unmodified, against a local deployment over HTTP.

`clients` holds them, `parse.mjs` those that run in Node; `wire` stands between them and the stack and writes down what
goes over it; `edition` is what they read; `history` walks a feed back to its first article, since none of them does.
"""
