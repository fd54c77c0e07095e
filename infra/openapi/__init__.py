"""The API's description in OpenAPI 3.1, made from the code: `make openapi` writes it, and the tests hold it.

    __main__    the program                     document      all of it, put together
    handlers    routes and docstrings           refusals      the table of refusals, and API Gateway's own
    shapes      fields and their rules          parts         what a table is made of
    articles    what the calls of functions/articles.py take and give; slots, images, newsletter, subscribers: likewise

Method, path, summary and refusals come from the code: a handler's route, and its docstring. What a request's body may
hold comes from the marshmallow schema that reads it. What no code says stands here, in one table for each function.

To add a call, write its handler and its route in template.yaml, and one `Call` under the handler's name in the table of
the module that is called as its function is; a further function is a further module in `document.FUNCTIONS`. In the
handler's docstring the first paragraph is the summary, those that follow are the description, and a last one that
begins with "Raises" names the refusals (those of a body that cannot be read come by themselves, where there is a body).
"""
