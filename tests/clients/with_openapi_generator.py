"""Put, read, change and withdraw an article by the client that OpenAPI Generator generates for Python.

`python with_openapi_generator.py URL ID ARTICLE`; prints what the test compares, in JSON.
"""

import json
import sys

from generated_client import (  # type: ignore[import-not-found]  # the test generates it
    ApiClient,
    ApiException,
    Article,
    ArticlesApi,
    Configuration,
)

url, id, sent = sys.argv[1:]
article = Article.from_json(sent)
with ApiClient(Configuration(host=url)) as client:
    articles = ArticlesApi(client)
    put = articles.articles_put_with_http_info(id, article, if_none_match="*")
    again = articles.articles_put(id, article, if_match=put.headers["ETag"])
    read = articles.articles_get(id)
    changed = Article.from_dict(read.to_dict())
    changed.headline = f"{read.headline} again"
    corrected = articles.articles_put(id, changed, if_match=put.headers["ETag"])
    article.edition = "xx"
    try:
        articles.articles_put(id, article)
    except ApiException as error:
        refused = error.data
    withdrawn = articles.articles_delete(id)
    try:
        articles.articles_get(id)
    except ApiException as error:
        gone = error.data
print(  # noqa: T201  for the test
    json.dumps(
        {
            "status": put.status_code,
            "outcomes": [put.data.outcome, again.outcome, corrected.outcome, withdrawn.outcome],
            "headlines": [read.headline, corrected.headline],
            "text": read.body.text,
            "refused": refused.errors[0].code,
            "gone": gone.type,
        }
    )
)
