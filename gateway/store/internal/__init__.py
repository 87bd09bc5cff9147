"""Read and maintain the internal documents that the mappings make."""
