"""The local cloud: development tools that stand in for AWS on this machine. They are doubles."""
