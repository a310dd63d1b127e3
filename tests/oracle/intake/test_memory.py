"""The intake's memory does not grow with the file."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS = 12_000
BEGIN = 1_672_531_200
MEASURED = """
import resource, sys
from pathlib import Path
def peak():
    status = Path("/proc/self/status")
    if not status.exists():  # the other figure is also about the process before this one
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(status.read_text().split("VmHWM:")[1].split()[0])
from sqlalchemy import event
from tanso.oracle.intake import parse_layout
from tanso.oracle.intake.backfill import backfill
from tanso.oracle.store import create_tables, open_store
url, layout, business, *paths = sys.argv[1:]
engine = open_store(url)
# The database's own cache has a bound of its own, which a file as small as this would not reach.
if engine.dialect.name == "sqlite":
    small = "PRAGMA cache_size = -1000"
    event.listen(engine, "connect", lambda connection, _record: connection.execute(small))
create_tables(engine)
for path in paths:
    result = backfill(engine, business, Path(path), parse_layout(layout), chunk_size=2500)
    print(result.accepted, peak())
"""
LAYOUT = """
zone = "UTC"
[time]
start = "start"
length = "1 min"
[[series]]
device = { column = "device" }
quantity = "electricity"
value = "value"
unit = "kWh"
"""


def write(path: Path, first: int, count: int) -> str:
    columns = {
        "device": pa.array(["meter of the hall " + "x" * 90] * count),
        "start": pa.array(range(BEGIN + 60 * first, BEGIN + 60 * (first + count), 60), pa.timestamp("s")),
        "value": pa.array(range(count)),
    }
    if path.suffix == ".parquet":
        pq.write_table(pa.table(columns), path, row_group_size=2500)
    else:
        times = columns["start"].cast(pa.string()).to_pylist()
        rows = zip(columns["device"].to_pylist(), times, range(count), strict=True)
        path.write_text("device,start,value\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows))
    return str(path)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_five_times_the_file_needs_no_more_memory(tmp_path: Path, one_url: str, kind: str):
    small = write(tmp_path / f"small.{kind}", 0, ROWS)
    large = write(tmp_path / f"large.{kind}", ROWS, 5 * ROWS)
    command = [sys.executable, "-c", MEASURED, one_url, LAYOUT, "0x" + "ab" * 16, small, large]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    (few, before), (many, after) = (told[0], told[1]), (told[2], told[3])
    assert (int(few), int(many)) == (ROWS, 5 * ROWS)
    # The large file's rows, held all at once, take more than 40 MB.
    assert int(after) - int(before) < 28_000, f"{int(after) - int(before)} kB more"
