"""The server below ASGI: deadlines and bounds of connections, worker processes, one port."""
