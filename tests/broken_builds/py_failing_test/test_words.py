from words import tidy


def test_blanks_are_tidied():
    assert tidy("a  b ") == "a b"
