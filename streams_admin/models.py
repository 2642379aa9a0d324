"""The audit: what operators planned and did."""
