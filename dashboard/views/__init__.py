"""Pages that watch. A view queries and renders; decisions live in services."""
