"""Who may do what, and what keeps everybody else out."""
