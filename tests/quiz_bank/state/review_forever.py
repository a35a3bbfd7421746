"""A child that reviews without end and says so after each review; it is there to be killed."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from quiz_bank.records import Attempt, ItemRef
from quiz_bank.scheduling import Rating, Scheduler
from quiz_bank.store import Store

store = Store.open(Path(sys.argv[1]), now=datetime.now(UTC), zone=ZoneInfo("UTC"))
moment = datetime(2026, 11, 22, tzinfo=UTC)
store.register([ItemRef(f"item-{n}", "question", "data") for n in range(20)], moment)
scheduler = Scheduler(fuzz_seed=1)
done = int(str(store.rows("SELECT count(*) FROM review")[0][0]))
while True:
    rating = Rating(1 + done % 4)
    attempt = Attempt(mode="practice", seed=done, answer="{}", correct=rating > 1, score=float(rating > 1))
    at = moment + timedelta(hours=7 * done)
    store.review(f"item-{done % 20}", rating, at, scheduler, seconds=1.0, attempt=attempt)
    done += 1
    print(done, flush=True)
