"""The smoke test: checks a deployment end to end over HTTP, and reports what differs from what it promises.

`python -m infra.smoke SITE_URL API_URL`, or `make smoke` after `make deploy`.
"""
