"""Values and arithmetic: no input, no output, no vendor but numpy and h3."""
