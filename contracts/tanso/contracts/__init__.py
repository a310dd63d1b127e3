"""The ledger as Python sees it: identities, units, values, compiler, deployment and typed access.

Importing this package is cheap; web3 and the compiler are loaded by the modules that need them.
"""
