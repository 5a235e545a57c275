"""ISO 8583: card messages of 1987 and 1993, in ASCII, BCD and EBCDIC."""
