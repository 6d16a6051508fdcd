def cents(text):
    """The price that text names, in cents."""
    euros, _, rest = text.partition(".")
    return int(euros) * 100 + int(rest or 0)
