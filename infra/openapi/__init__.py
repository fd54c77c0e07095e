"""The OpenAPI 3.1 description of the API, generated from the code, and the page that shows it to people.

`make openapi` writes both; tests keep them in step.

    __main__    the program                     document      the whole document
    handlers    routes and docstrings           refusals      refusals, and API Gateway's own answers
    shapes      JSON Schemas                    parts         the parts of a call's description
    page        the page, from page.html        compatibility the latest release's description, and the upgrade notes
    contract    what breaks clients: calls      contract_schemas  likewise: schemas
    articles    the requests and answers of functions/articles.py; ads, images, newsletter, subscribers: likewise

Method, path, summary and refusals come from a handler's route and docstring. The fields of a request come from the
schema in `broadsheet.schemas` that validates it. The modules named after functions add what the code does not have:
descriptions, examples and the fields of answers.

To add a call, write its handler, add its route to template.yaml, and add a `Call` under the handler's name to the
module named after the function. To add a function, add a module and its name to `document.FUNCTIONS`. In a handler's
docstring the first paragraph is the summary, the next ones are the description, and a last one that begins with
"Raises" names the refusals. Calls with a body need not name the refusals of unreadable bodies. Of a refusal's docstring
the first paragraph is its description.

Linters and generators of clients read it without a warning (`tests/clients/`). So patterns are in what all dialects of
regular expressions know (`shapes.portable`); objects that a schema has a choice of are components with names; and
headers of requests have patterns, not constants.
"""

import os

os.environ["PAPER_FOLDER"] = ""  # the description is that of what is built in, whatever paper a publisher has
