"""The site of the documentation, which Zensical builds from the repository's own pages.

`python -m infra.docs_site` copies every page and picture to build/docs, where each has the path that it has in the
repository: a link between two pages works on both sides. A link to any other file becomes its URL in the repository.
"""
