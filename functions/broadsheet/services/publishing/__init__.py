"""From the changes of the articles' stream to the objects of the site; see docs/how-publishing-works.md."""
