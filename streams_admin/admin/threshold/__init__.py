"""Thresholds in the admin: the form, what it finds while it is filled in, its backtest, and the list."""

from streams_admin.admin.threshold.options import ThresholdAdmin

__all__ = ["ThresholdAdmin"]
