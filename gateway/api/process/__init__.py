"""Hold what lives as long as the process: the deployment, its caches, write queues and metrics."""
