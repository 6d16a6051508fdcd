def tidy(text):
    """Text without blanks around it and with single ones within."""
    return text.replace("  ", " ")
