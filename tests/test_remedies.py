"""Which remedies a refusal prints: by the room, by the organ told in the directory, by what the region has settled."""

import pytest

from cases.snapshot import remedy_row


@pytest.mark.parametrize(
    ("of_room", "organ", "row"),
    [
        ("a", "永昌县人民政府", "a"),
        ("a", "国家税务总局金昌市税务局", "b"),  # a tax bureau's own penalty
        ("a", "", "c"),  # centrally run, or nobody has told us
        ("b", "国家税务总局金昌市税务局", "b"),
        ("e", "", "e"),
    ],
)
def test_the_letter_follows_the_room_and_else_the_organ(of_room, organ, row):
    assert remedy_row(of_room, organ) == row
