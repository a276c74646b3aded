"""Releases in a PostgreSQL database: publishing, taking back, and what readers may do there."""
