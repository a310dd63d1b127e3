"""Agreements under which one business discloses its data to another.

What, to whom, how deep, what for, until when: the two parties keep these terms. The ledger has who they are,
the hash of the terms and what became of the agreement.
"""
