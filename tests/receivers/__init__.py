"""How messages leave us, tried against real servers on this machine."""
