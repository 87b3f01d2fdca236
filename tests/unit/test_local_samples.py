"""The demo's sample mails."""

from local.demo.samples import FOLDER, samples

OUTCOMES = {"new ticket", "joined", "automatic", "bounce", "unreadable"}


def test_every_sample_mail_is_listed_and_exists():
    assert {sample.name for sample in samples()} == {path.stem for path in FOLDER.glob("*.eml")}


def test_all_kinds_of_outcomes_are_shown():
    assert {sample.becomes for sample in samples()} == OUTCOMES


def test_each_sample_names_others_that_come_before_it():
    seen = set[str]()
    for sample in samples():
        assert {sample.joins, sample.answers} - {None} <= seen
        seen.add(sample.name)


def test_a_sample_that_answers_the_desk_has_a_place_for_what_it_answers():
    assert all((b"@ANSWERED@" in sample.raw) == bool(sample.answers) for sample in samples())
