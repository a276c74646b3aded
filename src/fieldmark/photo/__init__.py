"""Untrusted bytes become values here; Pillow stops at this package's door."""
