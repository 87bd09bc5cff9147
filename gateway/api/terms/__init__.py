"""Give searches and operations the terminology and canonical resources that they need."""
