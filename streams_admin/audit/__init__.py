"""The audit's entries: what happened to each action, written once, each chained to the one before. `verify_audit` checks them."""
