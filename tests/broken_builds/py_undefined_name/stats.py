"""Figures about lists of numbers."""


def average(numbers):
    """The mean of numbers, 0 for none."""
    total = sum(numbers)
    average = total / len(numbers) if numbers else 0
    return avrage
