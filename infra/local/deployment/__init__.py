"""The template deployed on this machine."""
