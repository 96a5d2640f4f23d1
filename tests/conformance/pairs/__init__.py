"""Two pairs of servers beside each other: a real PostgreSQL with its standby, and a Wallaby with its replica.

    libpq.py       PostgreSQL's own client library, called through ctypes: what it sends is what every C program sends
    values.py      parameters as text and as binary, and the types' names
    postgres.py    a PostgreSQL 15 primary and a streaming standby of it, on loopback
    wallaby.py     a Wallaby primary and its replica, with the same face
    statements.py  reads a statement file into steps
    play.py        plays steps on one pair, and gives an answer for each
    answers.py     an answer as lines, so that two of them can be compared and shown
    differences.py the list of accepted differences
"""
