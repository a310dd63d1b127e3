"""A network of servers: who answers for whom, signed requests between them, the trace over all of them.

Everything between servers is asked for, nothing is pushed: the ledger tells a server what there is to ask
for. So there is no queue to keep and nothing half delivered.
"""
