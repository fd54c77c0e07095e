"""The smoke test: tries a deployment end to end over HTTP, and says what differs from what is promised.

`python -m infra.smoke SITE_URL API_URL`, or `make smoke` after `make deploy`.
"""
