"""Adapters: one outside thing per file, each behind a port."""
