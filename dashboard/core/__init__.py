"""What the numbers mean: pure functions and frozen facts. No Django, no redis, no channels, no clock: `now` comes in."""
