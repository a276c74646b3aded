"""The infrastructure on AWS: a CDK app; ``python -m infra.app`` writes its templates."""
