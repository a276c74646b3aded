"""The doors: each turns one outside language into calls of the pipeline and back."""
