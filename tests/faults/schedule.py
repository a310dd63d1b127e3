"""What happens in a simulated run, made from a seed: the same seed gives the same schedule."""

from dataclasses import dataclass
from random import Random

from tanso.oracle.outbox import Step

ROUNDS = (3, 6)
STRIKING = (18, 55)
"""Numbers of requests, from a worker's start, at which events strike: after the check of the contracts."""

DEEPEST = 20
WRONG = ("chain ID", "contract")
EVENTS = ("mine", "mine", "drop", "reorg", "reorg", "spike", "spike", "calm", "broke", "refill")
FAULTS = ("loses request", "loses answer", "too many requests", "error")
SEND_FAULTS = ("loses answer", "loses answer", "loses request", "no answer", "error")


@dataclass(frozen=True)
class Round:
    """One life of one or two workers.

    kills: per worker the step at which it is killed and at which time it comes there, or None.
    faults: request number → how it fails. send_faults: the same for the nth transaction that is sent.
    events: request number → what happens to the chain just before it; ("reorg", depth) and the like.
    after: what happens to the chain when the workers have ended.
    automatic: whether each transaction is mined at once; otherwise blocks come by events alone.
    queued: messages that are queued before.
    """

    kills: tuple[tuple[str, int] | None, ...]
    faults: dict[int, str]
    send_faults: dict[int, str]
    events: dict[int, tuple[str, int]]
    after: tuple[tuple[str, int], ...]
    automatic: bool
    queued: tuple[int, ...]
    wrong: str | None
    """What the configuration names of the chain at a start before these workers, which is to be refused."""


def schedule(seed: int, messages: int) -> list[Round]:
    """The rounds of a seed, in which messages 0 to `messages` − 1 are queued in that order, some in each."""
    random, other = Random(seed), Random(f"wrong starts {seed}")
    count = random.randint(*ROUNDS)
    ends = [*sorted(random.sample(range(1, messages), count - 1)), messages]
    starts = [0, *ends[:-1]]
    return [
        Round(
            kills=tuple(_kill(random) for _ in range(random.choice((1, 1, 1, 2)))),
            faults={
                random.randint(*STRIKING): random.choice(FAULTS) for _ in range(random.choice((0, 0, 1, 3)))
            },
            send_faults={
                random.randint(1, 3): random.choice(SEND_FAULTS) for _ in range(random.choice((0, 0, 1)))
            },
            events={random.randint(*STRIKING): _event(random) for _ in range(random.randint(0, 4))},
            after=tuple(_event(random) for _ in range(random.randint(0, 2))),
            automatic=random.random() < 0.6,
            queued=tuple(range(start, end)),
            wrong=other.choice((None, None, *WRONG)),
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def _event(random: Random) -> tuple[str, int]:
    return random.choice(EVENTS), random.randint(1, DEEPEST)


def _kill(random: Random) -> tuple[str, int] | None:
    return (str(random.choice(list(Step))), random.choice((1, 1, 2, 3))) if random.random() < 0.75 else None
