"""What is read from outside: every field's rule, and the message that names it."""
