"""Who may act on which streams: roles bounded to servers, environments and keys, and a second pair of eyes."""
