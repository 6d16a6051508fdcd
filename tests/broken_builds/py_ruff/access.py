def greeting(name, banned):
    if name == None:
        return f"hello"
    if not name in banned:
        return f"hello {name}"
    return "go away"
