"""A journal in S3: its keys sort by time, and nothing is listed that need not be."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fieldmark.adapters.journal_objects import entry_of, feedback_of, name_of, object_of, time_of
from fieldmark.adapters.s3_journal import S3Journal
from fieldmark.errors import JournalBroken, StoreRefused, Unavailable
from fieldmark.identify import new_id
from fieldmark.ports import Entry, Feedback
from s3_faults import FaultyS3, faulty
from s3_server import Bucket

NOW = datetime(2026, 7, 1, 12, 0, 0, 123_000, UTC)
HOUR = timedelta(hours=1)


def id_at(moment: datetime, number: int = 0) -> str:
    """Return an id that was made then."""
    millis = f"{int(moment.timestamp() * 1000):012x}"
    return f"{millis[:8]}-{millis[8:]}-7000-8000-{number:012x}"


def entry(at: datetime = NOW, number: int = 0) -> Entry:
    return Entry(id_at(at, number), at, b'{"id": "x"}', "0f" * 32, None)


def said(id_: str, answer_id: str) -> Feedback:
    return Feedback(id_, answer_id, NOW, "right", None, 41964, None, 7, "fake 1")


@pytest.fixture
def proxy(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyS3]:
    with faulty(bucket.server.port) as state:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", state.url)
        yield state


@pytest.fixture
def journal(bucket: Bucket) -> Iterator[S3Journal]:
    journal = S3Journal(bucket.at("j/"))
    yield journal
    journal.close()


def test_an_id_tells_when_it_was_made() -> None:
    before = datetime.now(UTC)

    told = time_of(new_id())

    assert told is not None
    assert abs(told - before) < timedelta(minutes=1)
    assert time_of(id_at(NOW)) == NOW
    assert time_of("a") is None
    assert time_of(id_at(NOW).replace("-7", "-4")) is None
    assert time_of("ffffffff-ffff-7000-8000-000000000000") is None


def test_old_answers_are_told_and_forgotten_in_the_order_of_their_ids(journal: S3Journal) -> None:
    entries = [entry(NOW + number * HOUR) for number in range(4)]
    for one in reversed(entries):
        journal.add(one)

    assert list(journal.older(NOW + 3 * HOUR, 2)) == entries[:2]
    assert list(journal.older(NOW + 3 * HOUR, 9)) == entries[:3]
    assert list(journal.forget_before(NOW + 2 * HOUR)) == entries[:2]
    assert journal.find(entries[1].id) is None
    assert list(journal.older(NOW + 9 * HOUR, 9)) == entries[2:]


def test_an_answer_goes_by_its_moment_where_its_id_is_a_little_ahead(journal: S3Journal) -> None:
    ahead = replace(entry(NOW + timedelta(minutes=2)), answered_at=NOW)
    journal.add(ahead)

    assert list(journal.older(NOW, 9)) == []
    assert list(journal.older(NOW + timedelta(seconds=1), 9)) == [ahead]
    assert list(journal.forget_before(NOW + timedelta(seconds=1))) == [ahead]


def test_an_answer_whose_id_is_of_another_day_is_kept_and_forgotten_all_the_same(
    journal: S3Journal,
) -> None:
    late = replace(entry(NOW + 48 * HOUR), answered_at=NOW)
    journal.add(late)

    assert journal.find(late.id) == late
    assert list(journal.older(NOW + HOUR, 9)) == [late]
    assert list(journal.forget_before(NOW + HOUR)) == [late]
    assert journal.find(late.id) is None


def test_asking_what_is_old_reads_no_young_answer(
    proxy: FaultyS3, bucket: Bucket, journal: S3Journal
) -> None:
    for number in range(30):
        journal.add(entry(NOW, number))
    proxy.asked.clear()

    assert list(journal.older(NOW - HOUR, 500)) == []

    assert [method for method, _ in proxy.asked] == ["GET", "GET"]
    assert all(f"/{bucket.name}?" in path for _, path in proxy.asked)


def test_deleting_an_answer_lists_only_what_was_said_of_it(
    proxy: FaultyS3, bucket: Bucket, journal: S3Journal
) -> None:
    one, other = entry(NOW), entry(NOW, 1)
    for kept in (one, other):
        journal.add(kept)
        for number in range(3):
            journal.add_feedback(said(f"{kept.id[-1]}{number}", kept.id))
    journal.judge("00", "confirmed")
    proxy.asked.clear()

    assert journal.delete(one.id)

    listed = [path for method, path in proxy.asked if method == "GET" and "list-type" in path]
    assert all(f"feedback-of%2F{one.id}" in path or "judgements%2F0" in path for path in listed)
    assert all(one.id not in key for key in bucket.all_keys())
    assert [left.id for left in journal.feedback()] == ["10", "11", "12"]
    assert not [key for key in bucket.all_keys() if "judgements" in key]


def test_a_deletion_that_was_stopped_can_be_done_again(proxy: FaultyS3, journal: S3Journal) -> None:
    kept = entry()
    journal.add(kept)
    journal.add_feedback(said("f", kept.id))
    proxy.fault, proxy.methods = (503, "SlowDown"), frozenset({"POST"})
    with pytest.raises(Unavailable):
        journal.delete(kept.id)
    proxy.fault = None

    assert journal.delete(kept.id)
    assert list(journal.feedback()) == []


def test_adding_what_is_there_byte_by_byte_is_no_error(journal: S3Journal) -> None:
    journal.add(entry())
    journal.add(entry())

    with pytest.raises(ValueError, match="is another"):
        journal.add(replace(entry(), token_sha256="1f" * 32))


def test_an_answer_is_readable_in_the_bucket(bucket: Bucket, journal: S3Journal) -> None:
    journal.add(entry())

    (key,) = bucket.all_keys()
    body = bucket.server.client.get_object(Bucket=bucket.name, Key=key)["Body"].read()

    assert key == f"j/answers/{entry().id}"
    assert body.splitlines()[1] == b'{"id": "x"}'


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\n{}", b"null\n", bytes(100), b'{"id": "a"}\n'])
def test_an_object_that_is_no_answer_is_named(
    bucket: Bucket, journal: S3Journal, data: bytes
) -> None:
    bucket.at("j/").put(f"answers/{id_at(NOW)}", data)

    with pytest.raises(JournalBroken, match=r"answers/0.* in the journal s3://"):
        journal.find(id_at(NOW))


def test_an_object_that_is_no_feedback_is_named(bucket: Bucket, journal: S3Journal) -> None:
    bucket.at("j/").put("feedback/x", b"{}")

    with pytest.raises(JournalBroken, match="feedback/x in the journal"):
        journal.feedback()
    with pytest.raises(JournalBroken):
        feedback_of(b'{"said_at": "2026-07-01T12:00:00"}', None, "x")


def test_an_object_that_is_too_large_is_not_read(bucket: Bucket, journal: S3Journal) -> None:
    bucket.at("j/").put(f"answers/{id_at(NOW)}", bytes(5_000_000))

    with pytest.raises(JournalBroken, match="none of Fieldmark's"):
        journal.find(id_at(NOW))


def test_what_is_foreign_in_the_bucket_is_left_alone(bucket: Bucket, journal: S3Journal) -> None:
    for key in ("answers/readme.txt", "judgements/x/y/z-nonsense", "else"):
        bucket.at("j/").put(key, b"?")
    journal.add(entry())

    assert list(journal.older(NOW + HOUR, 9)) == [entry()]
    assert list(journal.feedback()) == []
    assert len(bucket.all_keys()) == 4


def test_a_refusal_is_told_apart_from_silence(proxy: FaultyS3, journal: S3Journal) -> None:
    proxy.fault = (403, "AccessDenied")
    with pytest.raises(StoreRefused, match="denies access"):
        journal.add(entry())

    proxy.fault = (500, "InternalError")
    with pytest.raises(Unavailable):
        journal.add(entry())


def test_a_name_is_short_plain_and_its_own() -> None:
    strange = ["", "A", "a/b", "..", "\N{LION FACE}" * 1000, "\udcff", "_", "a" * 65]

    names = [name_of(id_) for id_ in (*strange, "a", id_at(NOW))]

    assert len(set(names)) == len(names)
    assert all(len(name) <= 65 and name.isascii() and "/" not in name for name in names)
    assert name_of(id_at(NOW)) == id_at(NOW)


def test_an_object_gives_back_what_it_was_made_of() -> None:
    one = Entry("\N{LION FACE}", NOW, b"\n\x00\xff\n", "0f" * 32, "2026-07/a.jpg")

    assert entry_of(object_of(one), "x") == one
