"""The local cloud: real servers, and doubles that stand in for AWS on this machine."""
