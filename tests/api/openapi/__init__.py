"""The OpenAPI description is in step with the code and the template, and every answer conforms to it."""
