from circle import area


def test_a_circle_of_no_size_has_no_area():
    assert area(0) == 0
