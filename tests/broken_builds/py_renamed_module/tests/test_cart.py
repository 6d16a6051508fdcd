from shop.cart import total


def test_prices_add_up():
    assert total(["1.50", "2"]) == 350
