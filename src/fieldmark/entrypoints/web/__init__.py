"""The web's door: the website and the HTTP API."""
