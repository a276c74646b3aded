"""Darwin Core archives."""
