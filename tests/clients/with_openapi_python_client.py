"""Put, read, change and withdraw an article by the client that openapi-python-client generates.

`python with_openapi_python_client.py URL ID ARTICLE`; prints what the test compares, in JSON.
"""

import json
import sys

from generated_client import Client  # type: ignore[import-not-found]  # the test generates it
from generated_client.api.articles import (  # type: ignore[import-not-found]
    articles_delete,
    articles_get,
    articles_put,
)
from generated_client.models import Article, Problem  # type: ignore[import-not-found]

url, id, sent = sys.argv[1:]
article = Article.from_dict(json.loads(sent))
with Client(base_url=url, raise_on_unexpected_status=True) as client:
    put = articles_put.sync_detailed(id, client=client, body=article, if_none_match="*")
    again = articles_put.sync(id, client=client, body=article, if_match=put.headers["ETag"])
    read = articles_get.sync(id, client=client)
    changed = Article.from_dict(read.to_dict())
    changed.headline = f"{read.headline} again"
    corrected = articles_put.sync(id, client=client, body=changed, if_match=put.headers["ETag"])
    article.edition = "xx"
    refused = articles_put.sync(id, client=client, body=article)
    withdrawn = articles_delete.sync(id, client=client)
    gone = articles_get.sync(id, client=client)
assert isinstance(gone, Problem)
print(  # noqa: T201  for the test
    json.dumps(
        {
            "status": put.status_code,
            "outcomes": [put.parsed.outcome, again.outcome, corrected.outcome, withdrawn.outcome],
            "headlines": [read.headline, corrected.headline],
            "text": read.body.text,
            "refused": refused.errors[0].code,
            "gone": gone.type_,
        }
    )
)
