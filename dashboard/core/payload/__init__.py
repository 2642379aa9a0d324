"""What is in an entry: decoding, masks, filters and the bounded view that a page gets. Bytes from strangers throughout."""
