"""What holds for every test."""

from hypothesis import HealthCheck, settings

# No test asserts on time: a shared machine may be slow at any moment.
settings.register_profile("fieldmark", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fieldmark")
