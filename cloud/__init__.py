"""Development tools that stand in for parts of AWS on this machine. They are doubles, not AWS."""
