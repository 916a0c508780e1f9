def add(book):
    pass
