"""Policies: remedies that nobody asks for one by one. Each run is an action like any other, within bounds that were stated before.

`model` is what is set, `intents` what a policy would do now, which a dry run shows and a run carries out, `rounds` the runs.
"""
