"""Read and write the texts of search values, index tokens and addresses."""
