"""Fields of forms, for our own pages and for the admin."""
