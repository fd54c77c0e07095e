"""The newsletter's sign-up. A docstring that says `newsletter#14` names the point of the list that its test holds."""
