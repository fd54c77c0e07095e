"""From changed articles to the objects of the site."""
