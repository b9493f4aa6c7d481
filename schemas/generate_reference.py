"""The reference manual of the tables, for generate.py."""


def manual(tables, formats):
    return "# Tables\n"
