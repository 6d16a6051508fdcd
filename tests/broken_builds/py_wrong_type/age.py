def age(ages: dict[str, int], name: str) -> int:
    """The age of the one called name."""
    return ages.get(name)
