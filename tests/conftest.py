"""What holds for every test."""

from hypothesis import HealthCheck, settings

from s3_server import bucket, s3_server

__all__ = ["bucket", "s3_server"]

# No test asserts on time: a shared machine may be slow at any moment.
settings.register_profile("fieldmark", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fieldmark")
