"""The API's description: in step with the code and the template, and true of every answer."""
