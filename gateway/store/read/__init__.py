"""Read resources and their history by id."""
