"""The pages: what their templates show, as frozen values; the words live in ``words``."""
