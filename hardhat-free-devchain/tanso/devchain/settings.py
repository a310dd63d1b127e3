"""What both engines share."""

DEFAULT_CHAIN_ID = 31337
MAX_CHAIN_ID = 2**53 - 1  # the largest that every client can hold
DEFAULT_ACCOUNTS = 10
MAX_ACCOUNTS = 100
DEV_BALANCE_WEI = 10_000 * 10**18  # of each development account in the genesis block
BLOCK_GAS_LIMIT = 30_000_000  # gas units
CHAIN_FILE_NAME = "chain.sqlite3"  # the engine eth-tester's, in the state folder
ANVIL_FILE_NAME = "anvil.json"  # anvil's
