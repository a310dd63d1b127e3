"""The indexer: brings the read model up to the chain's head, and back when the chain changes its mind.

One step reads a range of blocks and then, in one database transaction, writes the rows and moves the
cursor. So a process that dies at any line leaves the tables as after some whole step, and the next one goes
on from there.

Before each step the block under the cursor must still be on the chain. If it is not, rows of blocks that
are gone are deleted, what follows from them is computed anew, and the cursor goes back to the last block of
ours that is left.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select, update
from web3 import Web3

from tanso.contracts.values import ZERO_HASH
from tanso.oracle.store import reading, writing
from tanso.platform.indexer.bulk import insert_rows
from tanso.platform.indexer.chain import PROVIDER_ERRORS, Block, ChainMoved, ChainReader, EventSource, Span
from tanso.platform.indexer.derive import Touched, derive
from tanso.platform.indexer.errors import ForeignDatabase, IndexerError, ReorgTooDeep
from tanso.platform.indexer.models import ChainOrigin, IndexCursor, IndexedBlock
from tanso.platform.indexer.rows import rows_of
from tanso.platform.indexer.tables import EVENT_TABLES, READ_MODEL

RETRIES: Final = 20
"""Times a step is begun anew because the chain moved meanwhile, before that is called an error."""

PAGE: Final = 100
"""Known blocks read at once when looking for a fork."""


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """How far the read model is.

    `in_sync`: it holds all events up to the chain's head. `head_block` is None when the chain gives no
    answer, and `problem` says why the indexer stopped, if it did.
    """

    indexed_block: int
    head_block: int | None
    in_sync: bool
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    number: int
    hash: str


class Indexer:
    """Fills the read model of one database from one deployment's events."""

    def __init__(
        self,
        engine: Engine,
        source: EventSource,
        w3: Web3,
        *,
        deployment: str,
        start_block: int,
        max_range: int = 2000,
        finality_blocks: int = 64,
    ) -> None:
        """An indexer over tables that exist already (`create_tables`).

        :param deployment: hash that stands for the chain and the contracts, see `Deployment`.
        :param start_block: block of the first contract: no event is older.
        :param max_range: most blocks asked for at once.
        :param finality_blocks: a reorganisation that takes rows from deeper below the cursor is an error.
        """
        self._engine = engine
        self._chain = ChainReader(source, w3, max_range=max_range, newest=finality_blocks)
        self._deployment = deployment
        self._before = start_block - 1
        self._finality = finality_blocks
        self._problem: str | None = None

    def run(self, told: Callable[[IndexStatus], object] | None = None) -> int:
        """Steps until the head is reached. Number of steps that changed something.

        :param told: called after each step with how far it is.
        :raises IndexerError: when the read model can't be brought up to date; nothing is half written.
        """
        steps = 0
        while self.step():
            steps += 1
            if told is not None:
                told(self.status())
        return steps

    def step(self) -> bool:
        """Indexes one range, or rolls back blocks that are gone. False when there is nothing to do."""
        try:
            for _ in range(RETRIES):
                try:
                    changed = self._step()
                except ChainMoved:
                    continue
                self._problem = None
                return changed
            raise IndexerError(
                f"The chain's node contradicted itself {RETRIES} times.",
                hint="Check that all nodes behind the RPC address follow the same chain.",
            )
        except IndexerError as error:
            self._problem = str(error)
            raise

    def status(self) -> IndexStatus:
        """How far the read model is, against the chain's head now."""
        with reading(self._engine) as session:
            place = self._cursor(session)
        indexed = place.number if place else self._before
        try:
            head = self._chain.head()
        except PROVIDER_ERRORS as error:
            return IndexStatus(indexed, None, False, self._problem or str(error))
        in_sync = self._problem is None and place == _Place(head.number, head.hash)
        return IndexStatus(indexed, head.number, in_sync, self._problem)

    def rebuild(self, told: Callable[[IndexStatus], object] | None = None) -> int:
        """Empties the read model and fills it again from the chain. Number of steps it took.

        Other processes may go on indexing the same database; until the end, answers lack what is not there
        yet. The chain must answer, or else nothing is emptied.
        """
        self._chain.head()
        with writing(self._engine) as session:
            for table in READ_MODEL:
                session.exec(delete(table))
        return self.run(told)

    def _step(self) -> bool:
        with reading(self._engine) as session:
            place = self._cursor(session)
        if place is None:
            self._begin()
            raise ChainMoved
        head = self._chain.head()
        if head.number < place.number or not self._is_on_chain(place):
            return self._roll_back(place, head)
        if head.number == place.number:
            return False
        span = self._chain.read(place.number, place.hash, head.number)
        with writing(self._engine) as session:
            # Another process may have come first: then its rows are there already, and this step did nothing.
            if self._cursor(session, lock=True) == place:
                _write(session, span)
                _move(session, _Place(span.last.number, span.last.hash))
        return True

    def _begin(self) -> None:
        """Sets the cursor before the first block, unless another process has just done so."""
        start = self._start()
        with suppress(IntegrityError), writing(self._engine) as session:
            session.add(
                IndexCursor(deployment=self._deployment, block_number=start.number, block_hash=start.hash)
            )

    def _start(self) -> _Place:
        if self._before < 0:
            return _Place(self._before, ZERO_HASH)
        block = self._chain.block(self._before)
        if block is None:
            raise ChainMoved
        return _Place(block.number, block.hash)

    def _cursor(self, session: Session, *, lock: bool = False) -> _Place | None:
        query = select(IndexCursor)
        row = session.exec(query.with_for_update() if lock else query).one_or_none()
        if row is None:
            return None
        if row.deployment != self._deployment:
            raise ForeignDatabase(
                "This database's read model was filled from other contracts.",
                hint="Use the database of this deployment, or fill it anew with `tanso index rebuild`.",
            )
        return _Place(row.block_number, row.block_hash)

    def _is_on_chain(self, place: _Place) -> bool:
        if place.number < 0:
            return True
        block = self._chain.block(place.number)
        return block is not None and block.hash == place.hash

    def _roll_back(self, place: _Place, head: Block) -> bool:
        fork, oldest = self._fork(place, head)
        if fork == place:
            return False
        if oldest is not None and place.number - oldest >= self._finality:
            raise ReorgTooDeep(
                f"Block {oldest} is gone from the chain, {place.number - oldest} blocks below the last one "
                f"indexed; blocks count as final after {self._finality}.",
                hint="Find out why. If the chain is right, fill the tables anew with `tanso index rebuild`.",
            )
        with writing(self._engine) as session:
            if self._cursor(session, lock=True) == place:
                _delete_after(session, fork.number)
                _move(session, fork)
        return True

    def _fork(self, place: _Place, head: Block) -> tuple[_Place, int | None]:
        """The last place of ours that is still on the chain, and the oldest block with rows that is not.

        A head below the cursor may be a lagging node's: then nothing is given up as long as the blocks that
        it does know are ours. The place itself means: wait.
        """
        oldest = None
        for known in self._known_blocks():
            if known.number > head.number:
                continue
            if self._is_on_chain(known):
                lagging = head.number < place.number and oldest is None
                return (place if lagging else known), oldest
            oldest = known.number
        if head.number < place.number and oldest is None:
            return place, None
        return self._start(), oldest

    def _known_blocks(self) -> Iterator[_Place]:
        """Blocks that hold rows, newest first."""
        query = select(IndexedBlock).order_by(col(IndexedBlock.block_number).desc()).limit(PAGE)
        below = None
        while True:
            page = query if below is None else query.where(col(IndexedBlock.block_number) < below)
            with reading(self._engine) as session:
                blocks = [_Place(row.block_number, row.block_hash) for row in session.exec(page)]
            yield from blocks
            if len(blocks) < PAGE:
                return
            below = blocks[-1].number


def _write(session: Session, span: Span) -> None:
    blocks = span.blocks.values()
    insert_rows(
        session,
        IndexedBlock,
        [{"block_number": b.number, "block_hash": b.hash, "block_time": b.time} for b in blocks],
    )
    rows: defaultdict[type[ChainOrigin], list[dict[str, Any]]] = defaultdict(list)
    for table, row in rows_of(span.events, {block.number: block.time for block in blocks}):
        rows[table].append(row)
    touched = Touched()
    for table, of_table in rows.items():
        insert_rows(session, table, of_table)
        touched.add(table, of_table)
    derive(session, touched)


def _move(session: Session, place: _Place) -> None:
    session.exec(update(IndexCursor).values(block_number=place.number, block_hash=place.hash))


def _delete_after(session: Session, number: int) -> None:
    touched = Touched()
    for table in EVENT_TABLES:
        touched.add_after(session, table, number)
        session.exec(delete(table).where(col(table.block_number) > number))
    session.exec(delete(IndexedBlock).where(col(IndexedBlock.block_number) > number))
    derive(session, touched)
