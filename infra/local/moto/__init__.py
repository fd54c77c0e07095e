"""moto, and the places where it differs from AWS."""
