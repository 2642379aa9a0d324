"""Everything that watches. Nothing in this package can change a watched Redis; that is streams_admin's room."""
