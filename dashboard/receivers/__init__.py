"""How a notification leaves us: one module a kind of receiver. Empty until notifications are built; alerts are judged without it."""
