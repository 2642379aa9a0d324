"""The parts of hub and sockets: what comes in from the channel layer, who may see it, and how it is handed out."""
