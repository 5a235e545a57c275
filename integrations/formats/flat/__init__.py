"""What files of records have in common, whether fields stand at columns or between delimiters.

Values of fields, the order and nesting of record types, counts and totals. Not a format of its own.
"""
