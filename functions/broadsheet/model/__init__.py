"""What is true of articles, readers and the site: frozen values and pure rules. No AWS, no clock, no environment."""
