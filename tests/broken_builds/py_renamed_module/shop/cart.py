from shop.util import cents


def total(prices):
    """What the prices come to, in cents."""
    return sum(cents(price) for price in prices)
