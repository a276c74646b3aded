"""The batch side: from sources to a published release."""
