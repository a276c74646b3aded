"""Where a photo's file keeps its metadata and its picture: one module per container."""
